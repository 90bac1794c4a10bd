"""Allergens and diets: what a recipe holds that its eater avoids."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from recipe_base.errors import TopochefError
from recipe_data.check.warning import Warning
from recipe_data.language.text import words
from recipe_data.pantry.identity import canonical, carrier, foods_in
from recipe_data.pantry.meanings import is_said, members
from recipe_data.pantry.table import ALLERGENS, NAMES_OF_SUBSTANCES, Level
from recipe_data.pantry.words import food_words
from recipe_data.prompts import Diet
from recipe_data.schema import Recipe

__all__ = ["ALLERGENS", "allergens", "carrier", "carriers_in", "diet_violations", "found_in"]

# Groups of foods that are avoided by one name, and are no family of the pantry.
_GROUPS = {
    "nightshade": words("tomato potato eggplant chili pepper paprika cayenne capsicum tomatillo"),
    "citrus": words("lemon lime orange grapefruit mandarin clementine tangerine"),
}
_FORBIDDEN: dict[Diet, tuple[str, ...]] = {
    "vegetarian": ("meat", "fish", "shellfish", "animal rennet"),
    "vegan": ("meat", "fish", "shellfish", "dairy", "egg", "honey"),
}
# What steps say of doings; in a list of ingredients these words are food.
_DOINGS = words(
    "cream bread curd flour butter toast crumb bone rib round dough cookie biscuit mince speck meat"
)
_TOOLS = re.compile(
    r"\b(?:cookie|pastry|muffin|ice[- ]cream|bread|cheese|cake|pizza|egg|champagne|wine|beer"
    r"|custard|pasta|fish|crab|butter|milk|noodle|lobster|oyster|nut|pie|walnut|almond|hazelnut|pecan"
    r"|sausage)s?"
    r"[- ]?(?:sheet|brush|bag|cutter|tin|pan|cup|maker|machine|scoop|cloth|wheel|stone"
    r"|knife|board|flute|saucer|glass|pot|spatula|tray|rack|dish|plate|shap|siz|like|slicer|beater|mold|mould|crust|tube"
    r"|timer|bowl|warmer|tip)\w*|\b(?:size|consistency|texture|shape|thickness) of \w+(?: \w+)?",
    re.IGNORECASE,
)


def resolve(avoid: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split what is avoided into substances with tables and single foods.

    Raises `TopochefError` for what looks like a misspelt allergen, since a check that looks for
    the wrong word would find nothing and seem to say that all is well.

    >>> resolve(["nuts", "Gluten", "cilantro"])
    (('tree nuts', 'peanut', 'gluten'), ('cilantro',))
    """
    substances: list[str] = []
    foods: list[str] = []
    known = {name: (name,) for name in ALLERGENS} | NAMES_OF_SUBSTANCES
    for name in map(_plain, avoid):
        if found := known.get(name) or known.get(" ".join(food_words(name))):
            substances += found
        elif close := get_close_matches(name, known, 1, 0.8):
            raise TopochefError(f"{name!r} is no allergen that is known: is {close[0]!r} meant?")
        elif name:
            foods.append(name)
    return tuple(dict.fromkeys(substances)), tuple(dict.fromkeys(foods))


def _plain(avoided: str) -> str:
    """Write what is avoided as the tables have it: `Nut-free` and `no nuts` avoid nuts."""
    name = " ".join(avoided.lower().split())
    return name.removesuffix("free").rstrip(" -").removeprefix("no ")


def allergens(recipe: Recipe, avoid: Iterable[str]) -> Iterator[Warning]:
    """Yield where a recipe holds, or may hold, what is avoided."""
    substances, foods = resolve(avoid)
    for substance in substances:
        for level, food, where in found_in(recipe, substance):
            yield Warning("allergen", f"{food} {level} {substance}", where)
    for food in foods:
        for where, text in _places(recipe):
            if _names(text, food):
                yield Warning("allergen", f"{food} is to be avoided", where)


def _names(text: str, avoided: str) -> bool:
    """Tell whether a text names what is avoided, or a food of the family that is."""
    said = food_words(canonical(text))
    wanted = food_words(canonical(avoided))
    family = " ".join(wanted)
    return (
        _position(wanted, said) is not None
        or _position(food_words(avoided), food_words(text)) is not None
        or not _GROUPS.get(family, frozenset()).isdisjoint(said)
        or any(family in mention.food.family.split() for mention in foods_in(text))
    )


def diet_violations(recipe: Recipe, diet: Diet | None) -> Iterator[Warning]:
    """Yield where a recipe breaks a diet, or may."""
    for substance in _FORBIDDEN[diet] if diet else ():
        for level, food, where in found_in(recipe, substance, for_diet=True):
            what = f"{food} is not {diet}" if level == "holds" else f"{food} may not be {diet}"
            yield Warning("diet", what, where)


def found_in(
    recipe: Recipe, substance: str, for_diet: bool = False
) -> Iterator[tuple[Level, str, str]]:
    """Yield level, food and place of every carrier in the list.

    Where the list has none, yield the first that a step names and the list does not: a step's
    `noodles` are the listed `rice noodles`. For a diet, milk without lactose is milk.
    """
    listed = False
    for number, ingredient in enumerate(recipe.ingredients, 1):
        level = carrier(ingredient.name, substance, for_diet)
        if level is None and ingredient.preparation:
            level = carrier(f"{ingredient.preparation} {ingredient.name}", substance, for_diet)
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


def _position(wanted: list[str], spoken: list[str]) -> int | None:
    """Return where the wanted words stand in a row, None if nowhere."""
    for start in range(len(spoken) - len(wanted) + 1 if wanted else 0):
        if spoken[start : start + len(wanted)] == wanted:
            return start
    return None
