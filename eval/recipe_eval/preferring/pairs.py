"""One preference as a row that Axolotl's `chat_template.default` reads for DPO."""

from __future__ import annotations

from typing import Any

from recipe_eval.sampling.texts import answer_text
from recipe_kitchen.answers import Answer
from recipe_kitchen.request import Request


def preference_row(request: Request, chosen: Answer, rejected: Answer) -> dict[str, Any]:
    """Return `{id, messages, chosen, rejected}`.

    `messages` is the prompt; the two answers are compact JSON.
    """
    return {
        "id": request.id,
        "messages": request.messages,
        "chosen": answer_text(chosen),
        "rejected": answer_text(rejected),
    }
