"""Which ingredients make a dish, and which stand out in it."""

from __future__ import annotations

from collections.abc import Iterable

from recipe_data.language.text import words
from recipe_data.pantry.densities import about_grams
from recipe_data.pantry.meanings import said_words
from recipe_data.pantry.seasoning import is_seasoning, raises
from recipe_data.pantry.words import food_words
from recipe_data.schema import Ingredient, Recipe

# What every kitchen has, and no one calls a main ingredient.
_STAPLES = words("water oil ice spray")


def is_dough(ingredients: Iterable[Ingredient]) -> bool:
    """Tell whether something raises: such a list is a formula, in which salt matters to the gram.

    >>> is_dough([Ingredient(7.0, None, "g", "dried yeast")])
    True
    """
    return any(raises(ingredient.name) for ingredient in ingredients)


def main_ingredients(recipe: Recipe) -> list[Ingredient]:
    """Return what a dish is made of, as listed: no seasoning, no staple, no name twice."""
    seen: set[str] = set()
    found = []
    for ingredient in recipe.ingredients:
        name = ingredient.name.casefold()
        named = food_words(name)
        if name in seen or not named or is_seasoning(ingredient):
            continue
        seen.add(name)
        unmeasured_pepper = named[-1] == "pepper" and ingredient.quantity is None
        if named[-1] not in _STAPLES and not unmeasured_pepper and is_plain(ingredient):
            found.append(ingredient)
    return found


def is_plain(ingredient: Ingredient) -> bool:
    """Tell whether a name can stand in a sentence: short, one food, no list and no bracket.

    >>> [is_plain(Ingredient(1.0, None, "unit", n)) for n in ("egg", "ham or bacon", "a (b")]
    [True, False, False]
    """
    name = ingredient.name
    named = food_words(name)
    return (
        len(name) <= 40
        and not any(mark in name for mark in '()[]{}<>,;:/"*%')
        and not any(character.isdigit() for character in name)
        and not {"or", "and", "for", "recipe", "if", "see"} & set(named)
        and name[:1].isalpha()
    )


def prominent(foods: list[Ingredient], title: str, most: int) -> list[Ingredient]:
    """Return the foods that the title names and the heaviest others, in their order.

    >>> foods = [Ingredient(200.0, None, "g", name) for name in ("rice", "ham", "peas")]
    >>> [food.name for food in prominent(foods, "Pea Risotto", 2)]
    ['rice', 'peas']
    """
    told = said_words(title)
    ranked = sorted(
        range(len(foods)),
        key=lambda i: (told.isdisjoint(said_words(foods[i].name)), -about_grams(foods[i])),
    )
    return [foods[i] for i in sorted(ranked[:most])]
