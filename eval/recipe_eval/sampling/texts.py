"""A sample as a text that can be trained on."""

from __future__ import annotations

from typing import Any

from recipe_base.files import to_json
from recipe_data.language.control_tokens import neutralise_control_tokens
from recipe_kitchen.answers import Answer, AnswerError, read_answer
from recipe_kitchen.request import Request


def answer_text(recipe: Answer) -> str:
    """Return an answer as it is trained: no role can be forged, and no template strips it."""
    return to_json(
        {name: [neutralise_control_tokens(line) for line in lines]
         for name, lines in recipe._asdict().items()}
    )  # fmt: skip


def trained_text(request: Request, row: dict[str, Any]) -> str | None:
    """Return what a prediction teaches; None where it is no answer, or forges a role.

    Args:
        request: What was asked.
        row: Its prediction.
    """
    if row["error"]:
        return None
    if request.shape is None:
        return _recipe_text(row["text"])
    text = str(row["text"]).strip()
    plain = neutralise_control_tokens(text)
    return text if text and plain.split() == text.split() else None


def _recipe_text(text: str) -> str | None:
    """Return a recipe as it is trained; None where nothing is left of a line without its tokens."""
    plain = answer_text(read_answer(text))
    try:
        read_answer(plain)
    except AnswerError:
        return None
    return plain
