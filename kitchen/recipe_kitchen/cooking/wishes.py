"""What the page sends, read; each function raises `TopochefError` for what makes no sense."""

from __future__ import annotations

from typing import Any, NamedTuple

from recipe_base.errors import TopochefError
from recipe_data.check.diets import read_diet
from recipe_data.prompts import Diet
from recipe_data.schema import (
    MAX_INGREDIENT_CHARS,
    MAX_INGREDIENTS,
    MAX_INSTRUCTION_CHARS,
    MAX_INSTRUCTIONS,
    Recipe,
)
from recipe_kitchen.answers import Answer, as_recipe
from recipe_kitchen.cooking.events import Event
from recipe_kitchen.cooking.order import (
    MAX_SERVINGS,
    Order,
    plain,
    printable,
    split_list,
    take_order,
)


class Question(NamedTuple):
    """A question about the dish that the page shows."""

    text: str
    recipe: Recipe
    avoid: tuple[str, ...]
    diet: Diet | None


def order_of(request: Event) -> Order:
    """Read what is to be cooked."""
    title, have, avoid = (request.get(key, "") for key in ("title", "have", "avoid"))
    servings, diet = request.get("servings"), request.get("diet") or None
    if not all(isinstance(text, str) for text in (title, have, avoid, diet or "")):
        raise TopochefError("title, have, diet and avoid are texts: reload the page")
    if servings is not None and not _is_servings(servings):
        raise TopochefError(f"servings are a whole number from 1 to {MAX_SERVINGS}")
    return take_order(title, have, servings, diet, avoid)


def question_of(request: Event) -> Question:
    """Read a question, its dish, and what its cook avoids."""
    texts = [request.get(key, "") for key in ("question", "title", "avoid", "diet")]
    lines: Any = request.get("lines")
    steps: Any = request.get("steps")
    servings = request.get("servings")
    if (
        not all(isinstance(text, str) for text in texts)
        or not _is_texts(lines, MAX_INGREDIENTS, MAX_INGREDIENT_CHARS)
        or not _is_texts(steps, MAX_INSTRUCTIONS, MAX_INSTRUCTION_CHARS)
        or not (servings is None or _is_servings(servings))
    ):
        raise TopochefError("a question needs the dish that it is about: reload the page")
    question, title, avoid, diet = texts
    written = Answer(tuple(map(plain, lines)), tuple(map(plain, steps)))
    kept, left_out = read_diet(plain(diet)) if diet else (None, ())
    recipe = as_recipe(plain(title), servings, written)
    return Question(question, recipe, (*left_out, *split_list(avoid)), kept)


def scaling_of(request: Event) -> tuple[list[str], int, int]:
    """Read lines, for how many they are, and for how many they shall be."""
    lines: Any = request.get("lines")
    now, then = (request.get(key, 0) for key in ("from", "to"))
    if (
        not _is_texts(lines, MAX_INGREDIENTS, MAX_INGREDIENT_CHARS)
        or not _is_servings(now)
        or not _is_servings(then)
    ):
        raise TopochefError("scaling needs lines, and servings from and to: reload the page")
    return list(map(printable, lines)), now, then


def _is_servings(value: Any) -> bool:
    return type(value) is int and 1 <= value <= MAX_SERVINGS


def _is_texts(value: Any, most: int, chars: int) -> bool:
    return (
        isinstance(value, list)
        and 1 <= len(value) <= most
        and all(isinstance(line, str) and len(line) <= 2 * chars for line in value)
    )
