"""What a language model is told to read, and the form of its answers."""

from __future__ import annotations

from typing import Any, Literal

from recipe_base.files import to_json
from recipe_data.endpoints import Message
from recipe_data.schema import closed

PROMPT_VERSION = 2
"""Raised with every change of wording or schema; a build of one version is not one of another."""

TextKind = Literal["ingredient", "instruction"]

_TEXT = {"type": "string", "maxLength": 200}
_NUMBER = {"type": ["number", "null"]}


SCHEMAS: dict[TextKind, dict[str, Any]] = {
    "ingredient": closed(
        {
            "name": _TEXT,
            "preparation": {"type": ["string", "null"], "maxLength": 200},
            "quantity": _NUMBER,
            "quantity_max": _NUMBER,
            "unit": {"type": ["string", "null"], "enum": ["g", "ml", "unit", None]},
        }
    ),
    "instruction": closed(
        {
            "actions": {
                "type": "array",
                "items": {"type": "string", "maxLength": 30},
                "maxItems": 24,
            },
            "celsius": _NUMBER,
            "minutes": _NUMBER,
            "minutes_max": _NUMBER,
        }
    ),
}

_SYSTEMS: dict[TextKind, str] = {
    "ingredient": (
        "You read one line of a recipe's ingredient list and answer with one JSON object. name: "
        "what it is, in the words of the line, without amount, size or preparation. preparation: "
        "what was done to it before, in the words of the line, or null. quantity: the amount as a "
        "number in metric units, the lower end of a range; null if the line names none. "
        "quantity_max: the upper end of a range, else null. unit: g for masses, ml for volumes, "
        "unit for pieces, null without an amount. 1 oz = 28.35 g, 1 lb = 453.6 g, 1 cup = 240 ml, "
        "1 tablespoon = 15 ml, 1 teaspoon = 5 ml; leave a volume a volume. Where the line gives "
        "two measures, take the metric one. Multiply packs: 2 (14 oz) cans are 793.8 g."
    ),
    "instruction": (
        "You read one step of a recipe and answer with one JSON object. actions: what the cook "
        "does, as verbs of the step in their base form, in order; nothing that only happens or is "
        "forbidden. celsius: the first temperature in °C, or null. minutes: the longest duration "
        "of the step in minutes, the lower end of a range; null if there is none; how long "
        "something keeps does not count. minutes_max: the upper end of that range, else null."
    ),
}

_EXAMPLES: dict[TextKind, tuple[tuple[str, dict[str, Any]], ...]] = {
    "ingredient": (
        (
            "2-3 large leeks, washed and sliced",
            {
                "name": "leeks",
                "preparation": "washed and sliced",
                "quantity": 2,
                "quantity_max": 3,
                "unit": "unit",
            },
        ),
        (
            "1 1/2 cups whole milk, warmed",
            {
                "name": "whole milk",
                "preparation": "warmed",
                "quantity": 360,
                "quantity_max": None,
                "unit": "ml",
            },
        ),
        (
            "flaky salt, to taste",
            {
                "name": "flaky salt",
                "preparation": "to taste",
                "quantity": None,
                "quantity_max": None,
                "unit": None,
            },
        ),
    ),
    "instruction": (
        (
            "Drain the beans, then roast them at 200 °C for 25 to 30 minutes.",
            {"actions": ["drain", "roast"], "celsius": 200, "minutes": 25, "minutes_max": 30},
        ),
        (
            "Whisk in the cream.",
            {"actions": ["whisk"], "celsius": None, "minutes": None, "minutes_max": None},
        ),
    ),
}


def messages(kind: TextKind, text: str) -> list[Message]:
    """Return what is said before the model answers: the job, examples, the text."""
    shown = [
        {"role": role, "content": content}
        for example, answer in _EXAMPLES[kind]
        for role, content in (("user", example), ("assistant", to_json(answer)))
    ]
    return [
        {"role": "system", "content": _SYSTEMS[kind]},
        *shown,
        {"role": "user", "content": text},
    ]
