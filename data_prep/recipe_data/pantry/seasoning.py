"""Which ingredients only season a dish, and which raise a dough: by the table of foods."""

from __future__ import annotations

from recipe_data.language.text import words
from recipe_data.pantry.identity import foods_in, identity
from recipe_data.pantry.words import food_words
from recipe_data.schema import Ingredient

_DRIED = words("dried ground dry")
_PINCHES = words("pinch dash sprinkle shake")
_GROUND = words("ground fresh freshly cracked coarse coarsely pepper")


def is_seasoning(ingredient: Ingredient) -> bool:
    """Tell salt, spices and dried herbs from what a dish is made of; in doubt it is no seasoning.

    >>> names = ("black pepper", "red bell pepper", "dried oregano", "basil", "curry powder")
    >>> [is_seasoning(Ingredient(5.0, None, "ml", name)) for name in names]
    [True, False, True, False, True]
    """
    spoken, prepared = food_words(ingredient.name), food_words(ingredient.preparation or "")
    if ingredient.unit == "unit" and _PINCHES.isdisjoint(prepared):
        return False
    food = identity(ingredient.name)
    if food is None:
        return False
    if food.name == "pepper":
        return _GROUND.issuperset(spoken)
    dried = food.seasons == "dried" and not _DRIED.isdisjoint((*spoken, *prepared))
    return dried or food.seasons == "always"


def is_salt(name: str) -> bool:
    """Tell whether a food is salt, not what holds some: `kosher salt`, not `garlic salt`.

    >>> [is_salt(name) for name in ("coarse sea salt", "garlic salt", "salted butter")]
    [True, False, False]
    """
    food = identity(name)
    return food is not None and food.family == "spice" and food.name.endswith("salt")


def raises(name: str) -> bool:
    """Tell whether a food raises doughs.

    >>> raises("active dry yeast"), raises("baking powder"), raises("nutritional yeast")
    (True, True, False)
    """
    return any(mention.food.family == "leavening" for mention in foods_in(name))
