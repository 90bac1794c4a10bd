"""One preference as a row that Axolotl's `chat_template.default` reads for DPO."""

from __future__ import annotations

from typing import Any

from recipe_base.files import to_json
from recipe_data.language.control_tokens import neutralise_control_tokens
from recipe_kitchen.answers import Answer
from recipe_kitchen.request import Request


def preference_row(request: Request, chosen: Answer, rejected: Answer) -> dict[str, Any]:
    """Return `{id, messages, chosen, rejected}`.

    `messages` is the prompt; the two answers are compact JSON.
    """
    return {
        "id": request.id,
        "messages": request.messages,
        "chosen": _text(chosen),
        "rejected": _text(rejected),
    }


def _text(recipe: Answer) -> str:
    """Return an answer as it is trained: no role can be forged, and no template strips it."""
    return to_json(
        {name: [neutralise_control_tokens(line) for line in lines]
         for name, lines in recipe._asdict().items()}
    )  # fmt: skip
