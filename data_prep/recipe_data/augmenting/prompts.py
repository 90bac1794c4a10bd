"""How a language model is asked for one question and its answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

from recipe_base.files import to_json
from recipe_data.endpoints import Message
from recipe_data.schema import TASK_SCHEMAS, Task
from recipe_data.tasks.curated import Question
from recipe_data.tasks.validity import MAX_QUESTION_CHARS

PROMPT_VERSION = 1
"""Raised with every change of wording or schema; written into the review file."""

KINDS: tuple[Task, ...] = tuple(task for task in get_args(Task) if task != "recipe")

_WANTED: dict[Task, str] = {
    "missing_ingredient": "names what is at hand for a dish and asks which one main ingredient is "
    "missing, without naming it; a: its name, in a list",
    "substitution": "gives an ingredient of a dish with its amount and asks what can replace it; "
    "a: a list of what is used together instead, each with its amount, as 100 g pancetta",
    "scaling": "lists ingredients with amounts behind a colon, separated by commas and ended by a "
    "full stop, for some people, and asks for another number; a: the same ingredients in the same "
    "order, main ones multiplied exactly, salt and spices by the 0.8th power of the factor",
    "quantity": "asks how much of one ingredient a dish needs; a: one amount, as 100 g, 200 ml or "
    "a bare number of pieces",
    "time": "asks how long one step of a dish takes; a: the minutes, as 10 min",
    "temperature": "asks how hot an oven, an oil or the core of a food must be; a: as 180 °C",
}


def answer_schema(kind: Task) -> dict[str, Any]:
    """Return the schema of a question `q` of this kind and its answer `a`."""
    (answer,) = TASK_SCHEMAS[kind]["properties"].values()
    return {
        "type": "object",
        "properties": {
            "q": {"type": "string", "minLength": 8, "maxLength": MAX_QUESTION_CHARS},
            "a": answer,
        },
        "required": ["q", "a"],
        "additionalProperties": False,
    }


def messages(kind: Task, title: str, examples: Sequence[Question]) -> list[Message]:
    """Return what is said before the model answers: the kind of question, examples, a dish."""
    shown = "\n".join(to_json({"q": e.text, "a": e.answer}) for e in examples)
    return [
        {
            "role": "system",
            "content": "You write questions that a home cook asks, each with one answer that any "
            "good cook would give. Use grams, millilitres, minutes and °C. Answer with one JSON "
            f'object with "q" and "a". q: {_WANTED[kind]}. Examples:\n{shown}',
        },
        {"role": "user", "content": f"Dish: {title}"},
    ]
