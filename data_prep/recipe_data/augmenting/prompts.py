"""How a language model is asked for one question and its answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from recipe_base.files import to_json
from recipe_data.endpoints import Message
from recipe_data.schema import closed
from recipe_data.tasks.by_hand.validity import MAX_QUESTION_CHARS
from recipe_data.tasks.registry import QUESTIONS
from recipe_data.tasks.task import Question

PROMPT_VERSION = 2
"""Raised with every change of wording or schema; written into the review file."""

KINDS: tuple[str, ...] = tuple(QUESTIONS)


def answer_schema(kind: str) -> dict[str, Any]:
    """Return the schema of a question of this kind and its reply."""
    (reply,) = QUESTIONS[kind].schema["properties"].values()
    question = {"type": "string", "minLength": 8, "maxLength": MAX_QUESTION_CHARS}
    return closed({"question": question, "reply": reply})


def messages(kind: str, title: str, examples: Sequence[Question]) -> list[Message]:
    """Return what is said before the model answers: the kind of question, examples, a dish."""
    shown = "\n".join(to_json({"question": e.text, "reply": e.answer}) for e in examples)
    return [
        {
            "role": "system",
            "content": "You write questions that a home cook asks, each with one reply that any "
            "good cook would give. Use grams, millilitres, minutes and °C. Answer with one JSON "
            f'object with "question" and "reply". question: {QUESTIONS[kind].wanted}. '
            f"Examples:\n{shown}",
        },
        {"role": "user", "content": f"Dish: {title}"},
    ]
