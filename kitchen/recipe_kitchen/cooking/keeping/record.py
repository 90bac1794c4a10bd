"""A dish as a row of the history, and a row as the dish that was shown."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from recipe_base.files import to_json
from recipe_data.check import Warning
from recipe_data.check.avoided import Avoided
from recipe_data.grounded_prompts import Neighbour
from recipe_kitchen.cooking.order import plain
from recipe_kitchen.cooking.ready import ReadyRecipe

_Made = TypeVar("_Made", Warning, Avoided, Neighbour)


def to_record(dish: ReadyRecipe) -> str:
    """Write all that the card shows; what is read of the lines again (`read`) is not kept."""
    return to_json(
        {
            "title": dish.title,
            "servings": dish.servings,
            "ingredients": dish.ingredients,
            "steps": dish.steps,
            "diet": dish.diet,
            "warnings": [vars(warning) for warning in dish.warnings],
            "avoided": [meant._asdict() for meant in dish.avoided],
            "unchecked": [vars(note) for note in dish.unchecked],
            "diet_word": dish.diet_word,
            "to_buy": dish.to_buy,
            "author": dish.author,
            "after": [each._asdict() for each in dish.after],
        }
    )


def from_record(text: str) -> ReadyRecipe:
    """Read a row; whoever wrote it, what comes back is plain text.

    Raises `ValueError`, `KeyError` or `TypeError` for what `to_record` did not write.
    """
    row = _plain(json.loads(text))
    return ReadyRecipe(
        title=row["title"],
        servings=row["servings"],
        ingredients=row["ingredients"],
        steps=row["steps"],
        diet=row["diet"],
        warnings=_all(Warning, row["warnings"]),
        avoided=_all(Avoided, row["avoided"]),
        unchecked=_all(Warning, row["unchecked"]),
        diet_word=row["diet_word"],
        to_buy=row["to_buy"],
        author=row["author"],
        after=_all(Neighbour, row.get("after", ())),
    )


def _all(kind: type[_Made], rows: Any) -> tuple[_Made, ...]:
    return tuple(kind(**row) for row in rows)


def _plain(value: Any) -> Any:
    """Return a JSON value with lists as tuples and every text plain."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, list):
        return tuple(map(_plain, value))
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return value
