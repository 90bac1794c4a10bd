"""Vegetarian and vegan, stated only when every word of every ingredient is known to be."""

from __future__ import annotations

from recipe_data.language.names import ADVERBS, DONE
from recipe_data.language.text import words
from recipe_data.pantry.identity import foods_in
from recipe_data.pantry.table import FLESH, OF_ANIMALS
from recipe_data.pantry.words import food_words
from recipe_data.prompts import Diet
from recipe_data.schema import Recipe

# Words of a name that change nothing about whose food it is.
_NEUTRAL = words(
    "fresh freshly dried frozen canned large medium small big baby young mini whole half ground"
    " cooked uncooked raw ripe hot warm cold cool boiling black white red green yellow brown golden"
    " purple wild sweet sour mild spicy smoked toasted roasted unsalted salted extra virgin light"
    " dark long short grain flat italian plum cherry roma vine sun low sodium reduced fat free"
    " organic plain all purpose self raising of and or the in with to taste a stalk stick head"
    " bunch sprig piece powder coarse fine kosher sea table cracked snow snap unsweetened sweetened"
    " firm flake leaf juice zest wedge slice floret sprout stem root strip ring chunk cube kernel"
    " heart crumbled pitted seedless greek natural greek style thick thin tinned tin can paste"
    " puree purée"
)
_KNOWN = _NEUTRAL | DONE | ADVERBS


def diet_of(recipe: Recipe) -> Diet | None:
    """Return the strictest diet that a recipe surely keeps to; None where one word leaves doubt.

    Title, preparations and steps must not name meat, fish, meat stock or hard cheese either.
    """
    diets = {ingredient_diet(ingredient.name) for ingredient in recipe.ingredients}
    texts = [recipe.title, *(step.text for step in recipe.instructions)]
    texts += [i.preparation for i in recipe.ingredients if i.preparation]
    told: set[str] = set()
    for mention in (mention for text in texts for mention in foods_in(text)):
        stock = mention.food.may_hold if mention.food.family == "stock" else frozenset()
        told |= (mention.food.holds | stock) - mention.free
    if not diets or None in diets or told & FLESH:
        return None
    return "vegan" if diets == {"vegan"} and not told & OF_ANIMALS else "vegetarian"


def ingredient_diet(name: str) -> Diet | None:
    """Return the diet of one ingredient, None where a word of it is unknown.

    >>> [ingredient_diet(name) for name in ("large eggs", "red lentils", "coconut milk", "stock")]
    ['vegetarian', 'vegan', 'vegan', None]
    """
    found = foods_in(name)
    named = {word for mention in found for word in mention.words.split()}
    diets = {mention.diet for mention in found}
    if not diets or None in diets or not _KNOWN.issuperset(set(food_words(name)) - named):
        return None
    return "vegan" if diets == {"vegan"} else "vegetarian"
