"""A written recipe made ready to be shown: scaled, checked, and compared with what is at home."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from recipe_data.answers import render_ingredient
from recipe_data.check import Warning, check_recipe
from recipe_data.check.foods import food_words, is_said, text_words
from recipe_data.ingredients import parse_ingredient
from recipe_data.instructions import parse_instruction
from recipe_data.language.text import words
from recipe_data.prompts import Diet
from recipe_data.schema import Recipe
from recipe_kitchen.answers import Answer
from recipe_kitchen.cooking.order import Order, printable

_AMOUNT = re.compile(r"\b\d+(?:[.,]\d+)?\s?(?:g|kg|ml|l|tbsp|tsp|cups?)\b")
_STAPLES = words("water ice")


@dataclass(frozen=True)
class Dish:
    """What is shown; all of it is safe to print."""

    title: str
    servings: int | None
    ingredients: tuple[str, ...]
    steps: tuple[str, ...]
    diet: Diet | None = None
    warnings: tuple[Warning, ...] = ()
    to_buy: tuple[str, ...] | None = None
    """Names of what is not at home; None where nobody said what is."""
    author: str = ""
    """The model that wrote it."""


def plate(order: Order, answer: Answer, author: str = "") -> Dish:
    """Make a dish of an answer: scale it to the servings that were ordered, then check it."""
    lines = tuple(printable(line) for line in answer.ingredients)
    steps = tuple(printable(step) for step in answer.instructions)
    told: list[Warning] = []
    if order.servings and order.asked_servings and order.servings != order.asked_servings:
        lines = scale_lines(lines, order.servings / order.asked_servings)
        told = _unscaled(steps, order.asked_servings)
    recipe = as_recipe(order.heading, order.servings, lines, steps)
    return Dish(
        title=order.heading,
        servings=order.servings,
        ingredients=lines,
        steps=steps,
        diet=order.diet,
        warnings=(*check_recipe(recipe, order.avoid, order.diet), *told),
        to_buy=_to_buy(recipe, order.have) if order.have else None,
        author=author,
    )


def as_recipe(
    title: str, servings: int | None, lines: Sequence[str], steps: Sequence[str]
) -> Recipe:
    """Read the lines and steps of a recipe."""
    return Recipe(
        id="",
        title=title,
        servings=servings,
        ingredients=tuple(parse_ingredient(line) for line in lines),
        instructions=tuple(parse_instruction(step) for step in steps),
        source="",
    )


def scale_lines(lines: Sequence[str], factor: float) -> tuple[str, ...]:
    """Scale the lines of a list by the project's rule, `recipe_data.tasks.scale`.

    >>> scale_lines(["320 g spaghetti", "3 eggs", "salt"], 2.0)
    ('640 g spaghetti', '6 eggs', 'salt')
    """
    from recipe_data.tasks.scale import scaled

    return tuple(render_ingredient(i) for i in scaled(map(parse_ingredient, lines), factor))


def _unscaled(steps: Sequence[str], servings: int) -> list[Warning]:
    """Tell which steps name amounts: they were written for the servings that were asked for."""
    message = f"the amounts in this step are for {servings} servings"
    return [
        Warning("unscaled-amount", message, f"step {number}")
        for number, step in enumerate(steps, 1)
        if _AMOUNT.search(step)
    ]


def _to_buy(recipe: Recipe, have: Sequence[str]) -> tuple[str, ...]:
    at_home = frozenset(text_words(" ".join(have))) | _STAPLES
    missing = (i.name for i in recipe.ingredients if not is_said(food_words(i.name), at_home))
    return tuple(dict.fromkeys(missing))
