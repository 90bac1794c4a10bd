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
MAX_BATH_SALT_SHARE, _LEAST_BATH_SALT = 0.6, 600.0
"""Most where some of the salt is poured away with water, and grams that this always may be."""
MAX_SPICE_PER_SERVING = 15.0
"""Grams or millilitres of what a recipe has spoons of."""
MAX_SUGAR_PER_SERVING = 300.0
MAX_SUGAR_SHARE, MAX_SUGAR_SHARE_SERVED = 2.0, 4.0
"""Most sugar for a gram of the rest, where servings are not stated, and where they are."""
GRAMS_PER_SERVING = 150.0
"""So little is a serving where a recipe does not say for how many it is."""
_LEAST_SPICE, _LEAST_SPICE_OF_ANY = 60.0, 100.0
"""So much of any spice is never too much; the second where the servings are not stated."""
_LEAST_SWEET = 1_000.0
_STRONG = {"saffron": 1.0, "asafoetida": 2.0}
"""Of these, a serving has less than of other spices."""
_EGGS_PER_SERVING = 12.0
_CLOVES_PER_SERVING, _LEAST_CLOVES = 20.0, 40.0
_BIG = words(
    "onion potato lemon lime orange apple tomato carrot banana avocado zucchini courgette eggplant"
    " aubergine cucumber cabbage cauliflower breast chicken steak"
)
_SMALL = words("cherry baby mini small new grape pearl cocktail tiny piece wedge slice button")
_BIG_PER_SERVING, _LEAST_BIG = 8.0, 30.0
_GRAMS_PER_SERVING = {
    "butter": 200.0, "fish sauce": 75.0, "soy sauce": 150.0, "mustard": 75.0, "gelatin": 100.0,
    "honey": MAX_SUGAR_PER_SERVING,
}  # fmt: skip
"""Most of a family of food for one, in grams or millilitres."""
_LEAST_RICH = 500.0
_LEAST_WEIGHED = 2
_NO_LIMIT = float("inf")
_HOT = words("chili chile chilli cayenne")
_PLAIN_HOT = _HOT | words("hot red dried ground fine pepper")
_MOST_WORDS = 6
"""A line of more words names more than its amount is of."""
_OF_OTHERS = words("garlic with starter brewer")
"""With these words a name is that of no spice, though it ends in one (`tomatoes with herbs`)."""
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
# A blend of seasoning, or what is flavoured by it: no dish whose weight tells how much it bears.
_BLEND = re.compile(
    r"\brubs?\b|\bspice|seasoning|\bblend\b|masala|\bmix\b|powder\b|extract|pickl|brine|\btea\b|salt"
    r"|ornament|potpourri|curry paste|bath\b|scrub|sachet|vinegar|syrup|liqueur",
    re.IGNORECASE,
)
_KEPT_DRY = re.compile(r"airtight|\bsachet|spice (?:mix|blend)|\bjars?\b|potpourri", re.IGNORECASE)


class _Dish(NamedTuple):
    """What a recipe's amounts are measured by."""

    servings: float | None
    """As stated, else from the weight of what is no seasoning; None where nothing tells."""
    stated: bool
    title: frozenset[str]
    """The words of its title."""
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
    blend = _BLEND.search(recipe.title) or _KEPT_DRY.search(steps) or sum(seasoning) >= len(others)
    if servings is None and len(weighed) >= _LEAST_WEIGHED and not blend:
        servings = sum(weighed) / GRAMS_PER_SERVING
    return _Dish(
        servings,
        bool(recipe.servings),
        frozenset(food_words(recipe.title)),
        sum(weighed),
        _most_salt(recipe, steps),
        bool(_SALT_BATH.search(said)),
        bool(_SWEETS.search(recipe.title) or _PRESERVED.search(said)),
    )


def _limit(ingredient: Ingredient, dish: _Dish) -> float:
    """Return the most of an ingredient that a recipe may ask for, in its unit."""
    servings = dish.servings if dish.stated else None
    if ingredient.unit == "unit":
        return MAX_UNITS if servings is None else _most_pieces(ingredient, servings)
    if is_salt(ingredient.name):
        if dish.in_salt:
            return MAX_GRAMS
        per_head = servings * MAX_SALT_GRAMS_PER_SERVING if servings else MAX_GRAMS
        return min(per_head, dish.salt_grams)
    if is_seasoning(ingredient) or raises(ingredient.name) or _is_hot(ingredient):
        return _most_spice(ingredient, dish)
    if servings is None:
        return min(MAX_GRAMS, _most_rich(ingredient, dish, None))
    return min(MAX_GRAMS, servings * MAX_GRAMS_PER_SERVING, _most_rich(ingredient, dish, servings))


def _most_pieces(ingredient: Ingredient, servings: float) -> float:
    counted = food_words(f"{ingredient.name} {ingredient.preparation or ''}")
    named = food_words(ingredient.name)
    most = MAX_UNITS
    if "egg" in counted:
        most = _EGGS_PER_SERVING * servings
    elif "clove" in counted:
        most = max(_LEAST_CLOVES, _CLOVES_PER_SERVING * servings)
    elif named and named[-1] in _BIG and _SMALL.isdisjoint(counted):
        most = max(_LEAST_BIG, _BIG_PER_SERVING * servings)
    return min(MAX_UNITS, most)


def _most_spice(ingredient: Ingredient, dish: _Dish) -> float:
    spoken = food_words(ingredient.name)
    of_others = len(spoken) > _MOST_WORDS or not _OF_OTHERS.isdisjoint(spoken)
    if dish.servings is None or of_others or (not dish.stated and dish.title & {*spoken[-2:]}):
        return MAX_GRAMS
    each = _STRONG.get(spoken[-1], MAX_SPICE_PER_SERVING)
    least = _LEAST_SPICE if dish.stated else _LEAST_SPICE_OF_ANY
    return max(least * each / MAX_SPICE_PER_SERVING, dish.servings * each)


def _is_hot(ingredient: Ingredient) -> bool:
    """Tell chillies by the spoon, however they are spelt; fresh and mild ones are vegetables."""
    spoken = food_words(ingredient.name)
    by_spoon = ingredient.unit == "ml" and not ingredient.preparation
    return by_spoon and _PLAIN_HOT.issuperset(spoken) and not _HOT.isdisjoint(spoken)


def _most_rich(ingredient: Ingredient, dish: _Dish, servings: float | None) -> float:
    """Return the most of a rich or strong food for so many people; no limit for any other."""
    spoken = food_words(ingredient.name)
    if spoken and spoken[-1] in _SWEET:
        if dish.sweet:
            return _NO_LIMIT
        others = dish.grams - about_grams(ingredient)
        most = MAX_SUGAR_SHARE * others
        if servings is not None:
            most = min(servings * MAX_SUGAR_PER_SERVING, MAX_SUGAR_SHARE_SERVED * others)
        return max(_LEAST_SWEET, most)
    food = identity(ingredient.name)
    each = _GRAMS_PER_SERVING.get(food.family) if food is not None else None
    return max(_LEAST_RICH, servings * each) if servings and each else _NO_LIMIT


def _most_salt(recipe: Recipe, steps: str) -> float:
    """Return the grams of salt that the other ingredients bear, with what is poured away."""
    others = [about_grams(i) for i in recipe.ingredients if not is_salt(i.name) and i.quantity]
    if len(others) < _LEAST_WEIGHED:
        return _NO_LIMIT
    if _MUCH_SALT.search(recipe.title) or _MUCH_SALT.search(re.sub(r"\bsalt\b", "", steps)):
        return max(_LEAST_BATH_SALT, MAX_BATH_SALT_SHARE * sum(others))
    return max(25.0, MAX_SALT_SHARE * sum(others))
