"""Amounts that cannot be meant."""

from __future__ import annotations

import re
from collections.abc import Iterator

from recipe_data.check.warning import Warning
from recipe_data.pantry.densities import about_grams
from recipe_data.pantry.seasoning import is_salt, is_seasoning, raises
from recipe_data.pantry.words import food_words
from recipe_data.schema import Ingredient, Recipe

MAX_GRAMS = 15_000.0
MAX_UNITS = 200.0
MAX_GRAMS_PER_SERVING = 2_500.0
MAX_SALT_GRAMS_PER_SERVING = 40.0
MAX_SALT_SHARE = 0.15
"""Most salt for a gram of the other ingredients; brines and crusts have more."""
MAX_SPICE_PER_SERVING = 15.0
"""Grams or millilitres of what a recipe has spoons of."""
_LEAST_SPICE = 60.0
_UNITS_PER_SERVING = {"egg": 12.0, "clove": 40.0}
_LEAST_WEIGHED = 2
_NO_LIMIT = float("inf")
_MUCH_SALT = re.compile(
    r"brin|cur(?:e|ed|ing)\b|crust|pickl|preserv|\brub\b|pack|salt|dough|soak|rins|bury|ice cream"
    r"|scrub|season|margarita|boil|rim\b|seaf|shell|oyster|clam",
    re.IGNORECASE,
)


def implausible_amounts(recipe: Recipe) -> Iterator[Warning]:
    """Yield the ingredients of which nobody takes so much, or none at all.

    Without servings, only what no kitchen takes counts, and salt beyond `MAX_SALT_SHARE`.
    """
    too_salty = _most_salt(recipe)
    for number, ingredient in enumerate(recipe.ingredients, 1):
        amount = ingredient.quantity_max or ingredient.quantity
        if amount is None:
            continue
        salty = is_salt(ingredient.name) and ingredient.unit != "unit" and amount > too_salty
        if amount == 0 or amount > _limit(ingredient, recipe.servings) or salty:
            unit = "" if ingredient.unit == "unit" else f" {ingredient.unit}"
            yield Warning(
                "implausible-amount",
                f"{amount:g}{unit} of {ingredient.name} cannot be meant",
                f"ingredient {number}",
            )


def _limit(ingredient: Ingredient, servings: int | None) -> float:
    """Return the most of an ingredient that a recipe may ask for, in its unit."""
    if ingredient.unit == "unit":
        counted = food_words(f"{ingredient.name} {ingredient.preparation or ''}")
        each = [most for word, most in _UNITS_PER_SERVING.items() if word in counted]
        return min([MAX_UNITS, *(most * servings for most in each if servings)])
    if servings is None:
        return MAX_GRAMS
    if is_salt(ingredient.name):
        return servings * MAX_SALT_GRAMS_PER_SERVING
    if is_seasoning(ingredient) or raises(ingredient.name):
        return max(_LEAST_SPICE, servings * MAX_SPICE_PER_SERVING)
    return min(MAX_GRAMS, servings * MAX_GRAMS_PER_SERVING)


def _most_salt(recipe: Recipe) -> float:
    """Return the grams of salt that the other ingredients bear; no limit where salt is a bath."""
    steps = " ".join(step.text for step in recipe.instructions)
    if _MUCH_SALT.search(recipe.title) or _MUCH_SALT.search(re.sub(r"\bsalt\b", "", steps)):
        return _NO_LIMIT
    others = [about_grams(i) for i in recipe.ingredients if not is_salt(i.name) and i.quantity]
    return max(25.0, MAX_SALT_SHARE * sum(others)) if len(others) >= _LEAST_WEIGHED else _NO_LIMIT
