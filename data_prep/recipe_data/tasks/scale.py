"""The same dish for more or fewer people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from recipe_data.answers import rounded
from recipe_data.language.text import words
from recipe_data.pantry.identity import foods_in
from recipe_data.pantry.seasoning import is_seasoning
from recipe_data.pantry.words import food_words
from recipe_data.schema import Ingredient
from recipe_data.tasks.foods import is_dough

SEASONING_EXPONENT = 0.8
"""Seasoning grows with `factor ** 0.8`: 1.74 times for twice the people, 0.57 for half of them.

Some of it salts surfaces and cooking water, which grow more slowly than the food, and too much
cannot be taken out again; the share per person changes by 13 % for each doubling, too little to
make a dish bland.
"""

_FLAVOURINGS = words("vanilla extract essence")
"""They flavour by the gram, unlike what also salts surfaces and water."""
# What is counted of a food that nobody halves; whole foods (`eggs`) know it themselves.
_COUNTERS = words(
    "leaf slice sheet clove cube bag can loaf bread shell fillet breast thigh drumstick stick sprig"
    " patty"
)


def scaled(ingredients: Iterable[Ingredient], factor: float) -> tuple[Ingredient, ...]:
    """Return the lines of a list for `factor` times as many people.

    Main ingredients scale exactly, up to how amounts are written (`answers.rounded`); seasoning by
    `SEASONING_EXPONENT`, but exactly in doughs and if it is a flavouring (vanilla, an extract).
    What is counted is rounded: things that nobody halves to whole ones, others to quarters below 1,
    halves below 10. Lines without amount stay.

    >>> for line in scaled([Ingredient(320.0, None, "g", "spaghetti"),
    ...                     Ingredient(3.0, None, "unit", "eggs"),
    ...                     Ingredient(5.0, None, "ml", "salt")], 1.5):
    ...     print(line.quantity, line.unit, line.name)
    480.0 g spaghetti
    5.0 unit eggs
    7.0 ml salt
    """
    listed = tuple(ingredients)
    exact = is_dough(listed)
    return tuple(_scaled(ingredient, factor, exact) for ingredient in listed)


def _scaled(ingredient: Ingredient, factor: float, exact: bool) -> Ingredient:
    if ingredient.quantity is None:
        return ingredient
    if not exact and is_seasoning(ingredient) and not _flavours(ingredient.name):
        factor = factor**SEASONING_EXPONENT
    low, high = ingredient.quantity * factor, (ingredient.quantity_max or 0.0) * factor
    if ingredient.unit == "unit":
        whole = _is_whole(f"{ingredient.name} {ingredient.preparation or ''}")
        low, high = _count(low, whole), _count(high, whole)
    return rounded(
        replace(ingredient, quantity=low, quantity_max=high if ingredient.quantity_max else None)
    )


def _flavours(name: str) -> bool:
    return not _FLAVOURINGS.isdisjoint(food_words(name))


def _is_whole(counted: str) -> bool:
    return not _COUNTERS.isdisjoint(food_words(counted)) or any(
        mention.food.whole for mention in foods_in(counted)
    )


def _count(value: float, whole: bool) -> float:
    """Round a number of things, halves up, never to none.

    >>> _count(4.5, True), _count(0.3, True), _count(4.4, False), _count(0.3, False)
    (5.0, 1.0, 4.5, 0.25)
    """
    if whole or value >= 10:
        return max(1.0, float(int(value + 0.5)))
    parts = 2 if value >= 1 else 4
    return max(1.0, float(int(value * parts + 0.5))) / parts
