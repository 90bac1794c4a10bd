"""Allergens and diets: what a recipe holds that its eater avoids."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from recipe_data.check.avoided import resolve, taken_for
from recipe_data.check.warning import Warning
from recipe_data.language.text import words
from recipe_data.pantry.identity import carrier, foods_in
from recipe_data.pantry.meanings import is_said, members
from recipe_data.pantry.table import ALLERGENS, Level
from recipe_data.pantry.words import food_words
from recipe_data.prompts import Diet
from recipe_data.schema import Recipe

__all__ = [
    "ALLERGENS", "allergens", "carrier", "carriers_in", "diet_violations", "found_in", "resolve",
    "unchecked",
]  # fmt: skip

_FORBIDDEN: dict[Diet, tuple[str, ...]] = {
    "vegetarian": ("meat", "fish", "shellfish", "animal rennet"),
    "vegan": ("meat", "fish", "shellfish", "dairy", "egg", "honey"),
}
# What steps say of doings; in a list of ingredients these words are food.
_DOINGS = words(
    "cream bread curd flour butter toast crumb bone rib round dough cookie biscuit mince speck meat"
    " char smelt skate roll wrap batter loaf cake patty burger pancake pie dumpling gratin"
    " meatball sandwich pizza"
)
_TOOLS = re.compile(
    r"\b(?:cookie|pastry|muffin|ice[- ]cream|bread|cheese|cake|pizza|egg|champagne|wine|beer"
    r"|custard|pizza|quiche|flan|gratin|kebab|souffl[ée]|tart|pasta|fish|crab|butter|milk|noodle|lobster|oyster|nut|pie|walnut|almond|hazelnut|pecan"
    r"|sausage)s?"
    r"[- ]?(?:sheet|brush|bag|cutter|tin|pan|cup|maker|machine|scoop|cloth|wheel|stone"
    r"|knife|board|flute|saucer|glass|pot|spatula|tray|rack|dish|plate|shap|siz|like|slicer|beater|mold|mould|crust|tube"
    r"|timer|bowl|warmer|tip|skewer)\w*"
    r"|\b(?:size|consistency|texture|shape|thickness) of \w+(?: \w+)?",
    re.IGNORECASE,
)


def allergens(recipe: Recipe, avoid: Iterable[str]) -> Iterator[Warning]:
    """Yield where a recipe holds, or may hold, what is avoided."""
    meant = [taken_for(word) for word in avoid if word.strip()]
    for substance in dict.fromkeys(name for each in meant for name in each.substances):
        for level, food, where in found_in(recipe, substance):
            yield Warning("allergen", f"{food} {level} {substance}", where)
    for each in meant:
        for where, text in _places(recipe) if each.names_foods else ():
            if found := each.level(text):
                sure = "is" if found == "holds" else "may be"
                yield Warning("allergen", f"{each.word} {sure} to be avoided", where)


def diet_violations(recipe: Recipe, diet: Diet | None) -> Iterator[Warning]:
    """Yield where a recipe breaks a diet, or may."""
    for substance in _FORBIDDEN[diet] if diet else ():
        for level, food, where in found_in(recipe, substance):
            what = f"{food} is not {diet}" if level == "holds" else f"{food} may not be {diet}"
            yield Warning("diet", what, where)


def unchecked(recipe: Recipe, diet: Diet | None) -> Iterator[Warning]:
    """Yield the lines that name no food of the tables, or one of which a diet cannot be told."""
    for number, ingredient in enumerate(recipe.ingredients, 1):
        named = foods_in(ingredient.name)
        where = f"ingredient {number}"
        if not named:
            message = f"no table knows {ingredient.name}, so it was not checked"
            yield Warning("unchecked", message, where)
        elif diet and any(m.food.without(m.free).strict == "unknown" for m in named):
            message = f"whether {ingredient.name} is {diet} depends on how it is made"
            yield Warning("unchecked", message, where)


def found_in(recipe: Recipe, substance: str) -> Iterator[tuple[Level, str, str]]:
    """Yield level, food and place of every carrier in the list.

    Where the list has none, yield the first that a step names and the list does not: a step's
    `noodles` are the listed `rice noodles`.
    """
    listed = False
    for number, ingredient in enumerate(recipe.ingredients, 1):
        level = carrier(ingredient.name, substance)
        if level is None and ingredient.preparation:
            level = carrier(f"{ingredient.preparation} {ingredient.name}", substance)
        if level is not None:
            listed = listed or level == "holds"
            yield level, ingredient.name, f"ingredient {number}"
    if not listed:
        yield from _found_in_steps(recipe, substance)


def _found_in_steps(recipe: Recipe, substance: str) -> Iterator[tuple[Level, str, str]]:
    named = frozenset(food_words(" ".join(ingredient.name for ingredient in recipe.ingredients)))
    for number, step in enumerate(recipe.instructions, 1):
        for food, level in carriers_in(_TOOLS.sub(" ", step.text), substance):
            spoken = frozenset(food.split())
            told = is_said(spoken, named) or any(
                members().get(word, spoken) & named for word in spoken
            )
            if level == "holds" and food not in _DOINGS and not told:
                yield level, food, f"step {number}"
                return


def carriers_in(text: str, substance: str) -> Iterator[tuple[str, Level]]:
    """Yield the carriers that a text names.

    >>> list(carriers_in("Whisk soy sauce and peanut butter", "dairy"))
    []
    """
    for mention in foods_in(text):
        if level := mention.level(substance):
            yield mention.words, level


def _places(recipe: Recipe) -> Iterator[tuple[str, str]]:
    """Yield every line with its place."""
    for number, ingredient in enumerate(recipe.ingredients, 1):
        yield f"ingredient {number}", f"{ingredient.name} {ingredient.preparation or ''}"
    for number, step in enumerate(recipe.instructions, 1):
        yield f"step {number}", step.text
