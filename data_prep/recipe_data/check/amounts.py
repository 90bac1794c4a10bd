"""Amounts that cannot be meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from recipe_data.check.warning import Warning
from recipe_data.language.text import words
from recipe_data.pantry.densities import about_grams
from recipe_data.pantry.identity import identity
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
MAX_SUGAR_PER_SERVING = 300.0
MAX_SUGAR_SHARE = 2.0
"""Most sugar for a gram of the rest, where servings are not stated."""
MAX_BUTTER_PER_SERVING = 400.0
GRAMS_PER_SERVING = 150.0
"""So little is a serving where a recipe does not say for how many it is."""
_LEAST_SPICE = 60.0
_LEAST_SWEET = 1_000.0
_STRONG = {"saffron": 1.0, "asafoetida": 2.0}
"""Of these, a serving has less than of other spices."""
_UNITS_PER_SERVING = {"egg": 12.0, "clove": 20.0}
_LEAST_UNITS = 40.0
_LEAST_WEIGHED = 2
_NO_LIMIT = float("inf")
_HOT = words("chili chile chilli cayenne")
_PLAIN_HOT = _HOT | words("hot red dried ground fine pepper")
_MOST_WORDS = 6
"""A line of more words names more than its amount is of."""
_SWEET = words("sugar honey syrup molasses treacle agave")
_MUCH_SALT = re.compile(
    r"brin|cur(?:e|ed|ing)\b|crust|pickl|preserv|\brub\b|pack|salt|dough|soak|rins|bury|ice cream"
    r"|scrub|season|margarita|boil|rim\b|seaf|shell|oyster|clam",
    re.IGNORECASE,
)
# Salt by the kilogram: what is buried in it, or kept by it.
_SALT_BATH = re.compile(
    r"brin|\bcur(?:e|ed|ing)\b|crust|pickl|preserv|ferment|sauerkraut|kimchi|\bbury|\bburied"
    r"|ice cream|salt[- ]bak|(?:cover|coat|pack|surround|encase|bed)\w*[^.;]{0,40}\bsalt\b"
    r"|\bsalt\b[^.;]{0,30}\bbed\b",
    re.IGNORECASE,
)
# What is sugar by its nature: said by the title, or by how it is made.
_SWEETS = re.compile(
    r"syrup|candy|candies|fudge|toffee|brittle|liqueur|cordial|wine|mead|lemonade|limeade|punch"
    r"|chutney|relish|frosting|icing|kombucha|shrub|tea\b|hummingbird|praline|divinity|meringue",
    re.IGNORECASE,
)
_PRESERVED = re.compile(
    r"\bjam\b|jell(?:y|ies)|preserv|marmalade|candied|caramel|\bjars?\b|canning|canner|pickl|conserve"
    r"|confit|brine|ferment|candy thermometer|(?:soft|hard)[- ](?:ball|crack)",
    re.IGNORECASE,
)
_SPICE_MIX = re.compile(
    r"\brubs?\b|spice (?:mix|blend)|seasoning|\bblend\b|masala|airtight|\bjars?\b|\bmix\b|powder$"
    r"|\bextract\b|pickl|\btea\b|potpourri|dough ornament|brin|ferment|canning|sachet",
    re.IGNORECASE,
)


class _Dish(NamedTuple):
    """What a recipe's amounts are measured by."""

    servings: float | None
    """As stated, else from the weight of what is no seasoning; None where nothing tells."""
    stated: bool
    grams: float
    """About the weight of all that is no seasoning."""
    salt_grams: float
    """The most salt that the other ingredients bear."""
    in_salt: bool
    sweet: bool
    """Whether it is sugar by its nature: jam, candy, a syrup."""


def implausible_amounts(recipe: Recipe) -> Iterator[Warning]:
    """Yield the ingredients of which nobody takes so much, or none at all.

    Without servings, the weight of the dish says how much seasoning it bears.
    """
    dish = _dish(recipe)
    for number, ingredient in enumerate(recipe.ingredients, 1):
        amount = ingredient.quantity_max or ingredient.quantity
        if amount is None:
            continue
        if amount == 0 or amount > _limit(ingredient, dish):
            unit = "" if ingredient.unit == "unit" else f" {ingredient.unit}"
            yield Warning(
                "implausible-amount",
                f"{amount:g}{unit} of {ingredient.name} cannot be meant",
                f"ingredient {number}",
            )


def _dish(recipe: Recipe) -> _Dish:
    steps = " ".join(step.text for step in recipe.instructions)
    said = f"{recipe.title}. {steps}"
    seasoning = [is_seasoning(i) or raises(i.name) for i in recipe.ingredients]
    others = [i for i, seasons in zip(recipe.ingredients, seasoning, strict=True) if not seasons]
    weighed = [about_grams(i) for i in others if i.quantity]
    servings: float | None = recipe.servings or None
    mix = sum(seasoning) >= len(others) or bool(_SPICE_MIX.search(said))
    if servings is None and len(weighed) >= _LEAST_WEIGHED and not mix:
        servings = sum(weighed) / GRAMS_PER_SERVING
    return _Dish(
        servings,
        bool(recipe.servings),
        sum(weighed),
        _most_salt(recipe, steps),
        bool(_SALT_BATH.search(said)),
        bool(_SWEETS.search(recipe.title) or _PRESERVED.search(said)),
    )


def _limit(ingredient: Ingredient, dish: _Dish) -> float:
    """Return the most of an ingredient that a recipe may ask for, in its unit."""
    servings = dish.servings if dish.stated else None
    if ingredient.unit == "unit":
        counted = food_words(f"{ingredient.name} {ingredient.preparation or ''}")
        each = [most for word, most in _UNITS_PER_SERVING.items() if word in counted]
        return min([MAX_UNITS, *(max(_LEAST_UNITS, n * servings) for n in each if servings)])
    if is_salt(ingredient.name):
        if dish.in_salt:
            return MAX_GRAMS
        per_head = servings * MAX_SALT_GRAMS_PER_SERVING if servings else MAX_GRAMS
        return min(per_head, dish.salt_grams)
    if is_seasoning(ingredient) or raises(ingredient.name) or _is_hot(ingredient):
        return _most_spice(ingredient, dish.servings)
    if servings is None:
        return min(MAX_GRAMS, _most_rich(ingredient, dish, None))
    return min(MAX_GRAMS, servings * MAX_GRAMS_PER_SERVING, _most_rich(ingredient, dish, servings))


def _most_spice(ingredient: Ingredient, servings: float | None) -> float:
    spoken = food_words(ingredient.name)
    if servings is None or len(spoken) > _MOST_WORDS or "garlic" in spoken:
        return MAX_GRAMS
    each = min([MAX_SPICE_PER_SERVING, *(_STRONG[word] for word in spoken if word in _STRONG)])
    return max(_LEAST_SPICE * each / MAX_SPICE_PER_SERVING, servings * each)


def _is_hot(ingredient: Ingredient) -> bool:
    """Tell chillies by the spoon, however they are spelt; fresh and mild ones are vegetables."""
    spoken = food_words(ingredient.name)
    by_spoon = ingredient.unit == "ml" and not ingredient.preparation
    return by_spoon and _PLAIN_HOT.issuperset(spoken) and not _HOT.isdisjoint(spoken)


def _most_rich(ingredient: Ingredient, dish: _Dish, servings: float | None) -> float:
    """Return the most sugar or butter for so many people; no limit for anything else."""
    spoken = food_words(ingredient.name)
    if spoken and spoken[-1] in _SWEET:
        if dish.sweet:
            return _NO_LIMIT
        others = dish.grams - about_grams(ingredient)
        most = MAX_SUGAR_SHARE * others if servings is None else servings * MAX_SUGAR_PER_SERVING
        return max(_LEAST_SWEET, most)
    food = identity(ingredient.name)
    if servings is not None and food is not None and food.family == "butter":
        return max(_LEAST_SWEET, servings * MAX_BUTTER_PER_SERVING)
    return _NO_LIMIT


def _most_salt(recipe: Recipe, steps: str) -> float:
    """Return the grams of salt that the other ingredients bear; no limit where salt is a bath."""
    if _MUCH_SALT.search(recipe.title) or _MUCH_SALT.search(re.sub(r"\bsalt\b", "", steps)):
        return _NO_LIMIT
    others = [about_grams(i) for i in recipe.ingredients if not is_salt(i.name) and i.quantity]
    return max(25.0, MAX_SALT_SHARE * sum(others)) if len(others) >= _LEAST_WEIGHED else _NO_LIMIT
