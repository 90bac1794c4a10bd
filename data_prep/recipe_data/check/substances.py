"""Allergens and diets: what a recipe holds that its eater avoids."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cache
from itertools import pairwise

from recipe_base.errors import TopochefError
from recipe_data.check.carriers import CARRIERS, Level
from recipe_data.check.foods import MEMBERS, is_said, text_words
from recipe_data.check.warning import Warning
from recipe_data.language.text import words
from recipe_data.prompts import Diet
from recipe_data.schema import Recipe

_OF_DIETS = ("honey", "meat", "animal rennet")
ALLERGENS: tuple[str, ...] = tuple(name for name in CARRIERS if name not in _OF_DIETS)
"""What `avoid` knows by tables; any other word is looked for as it is."""

_ALSO: dict[str, tuple[str, ...]] = {
    "nuts": ("tree nuts", "peanut"),
    "nut": ("tree nuts", "peanut"),
    "tree nut": ("tree nuts",),
    "peanuts": ("peanut",),
    "milk": ("dairy",),
    "lactose": ("dairy",),
    "eggs": ("egg",),
    "wheat": ("gluten",),
    "soya": ("soy",),
    "soybeans": ("soy",),
    "seafood": ("fish", "shellfish"),
    "crustaceans": ("shellfish",),
    "molluscs": ("shellfish",),
    "sulfites": ("sulphites",),
    "meat": ("meat",),
    "honey": ("honey",),
}
_FORBIDDEN: dict[Diet, tuple[str, ...]] = {
    "vegetarian": ("meat", "fish", "shellfish", "animal rennet"),
    "vegan": ("meat", "fish", "shellfish", "dairy", "egg", "honey"),
}
_ANIMAL = frozenset({"dairy", "egg", "fish", "shellfish", "meat", "honey", "animal rennet"})
_IMITATING = words("vegan vegetarian veggie meatless plant substitute imitation")
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
_LONGEST = 4


def resolve(avoid: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split what is avoided into substances with tables and single foods.

    Raises `TopochefError` for what looks like a misspelt allergen, since a check that looks for
    the wrong word would find nothing and seem to say that all is well.

    >>> resolve(["nuts", "Gluten", "cilantro"])
    (('tree nuts', 'peanut', 'gluten'), ('cilantro',))
    """
    substances: list[str] = []
    foods: list[str] = []
    for name in (" ".join(text.lower().split()) for text in avoid):
        if name in ALLERGENS or name in _ALSO:
            substances += _ALSO.get(name, (name,))
        elif close := get_close_matches(name, [*ALLERGENS, *_ALSO], 1, 0.8):
            raise TopochefError(f"{name!r} is no allergen that is known: is {close[0]!r} meant?")
        elif name:
            foods.append(name)
    return tuple(dict.fromkeys(substances)), tuple(dict.fromkeys(foods))


def allergens(recipe: Recipe, avoid: Iterable[str]) -> Iterator[Warning]:
    """Yield where a recipe holds, or may hold, what is avoided."""
    substances, foods = resolve(avoid)
    for substance in substances:
        for level, food, where in found_in(recipe, substance):
            yield Warning("allergen", f"{food} {level} {substance}", where)
    for food in foods:
        wanted = text_words(food)
        for where, text in _places(recipe):
            if wanted and _position(wanted, text_words(text)) is not None:
                yield Warning("allergen", f"{food} is to be avoided", where)


def diet_violations(recipe: Recipe, diet: Diet | None) -> Iterator[Warning]:
    """Yield where a recipe breaks a diet, or may."""
    for substance in _FORBIDDEN[diet] if diet else ():
        for level, food, where in found_in(recipe, substance):
            what = f"{food} is not {diet}" if level == "holds" else f"{food} may not be {diet}"
            yield Warning("diet", what, where)


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
    named = frozenset(text_words(" ".join(ingredient.name for ingredient in recipe.ingredients)))
    for number, step in enumerate(recipe.instructions, 1):
        for food, level in carriers_in(_TOOLS.sub(" ", step.text), substance):
            spoken = frozenset(food.split())
            told = is_said(spoken, named) or any(
                MEMBERS.get(word, spoken) & named for word in spoken
            )
            if level == "holds" and food not in _DOINGS and not told:
                yield level, food, f"step {number}"
                return


def carrier(name: str, substance: str) -> Level | None:
    """Tell whether a food holds a substance, may hold it, or (None) is not known to.

    >>> carrier("plain flour", "gluten"), carrier("soy sauce", "gluten"), carrier("salt", "gluten")
    ('holds', 'may hold', None)
    >>> carrier("rice flour", "gluten"), carrier("gluten-free spaghetti", "gluten")
    (None, None)
    """
    levels = {level for _, level in carriers_in(name, substance)}
    if "holds" in levels:
        return "holds"
    return "may hold" if levels else None


def carriers_in(text: str, substance: str) -> Iterator[tuple[str, Level]]:
    """Yield the carriers that a text names, the longest name at each place.

    >>> list(carriers_in("Whisk soy sauce and peanut butter", "dairy"))
    []
    """
    spoken = text_words(text)
    if _is_free_of(spoken, substance):
        return
    table = _table(substance)
    position = 0
    while position < len(spoken):
        for length in range(min(_LONGEST, len(spoken) - position), 0, -1):
            name = " ".join(spoken[position : position + length])
            if name in table:
                if table[name] != "free":
                    yield name, table[name]
                position += length - 1
                break
        position += 1


def _is_free_of(spoken: list[str], substance: str) -> bool:
    """Tell `gluten-free pasta`, `eggless noodles` and `vegan butter` from the real thing."""
    named = {*text_words(substance), *(a for a, of in _ALSO.items() if substance in of)}
    for before, word in pairwise(spoken):
        if word == "free" and before in named:
            return True
    if any(word.endswith("less") and word.removesuffix("less") in named for word in spoken):
        return True
    return substance in _ANIMAL and not _IMITATING.isdisjoint(spoken)


@cache
def _table(substance: str) -> dict[str, Level]:
    carriers = CARRIERS[substance]
    levels: tuple[tuple[Level, str], ...] = (
        ("holds", carriers.holds),
        ("may hold", carriers.may_hold),
        ("free", carriers.free),
    )
    return {
        " ".join(text_words(name)): level
        for level, names in levels
        for name in names.split(",")
        if name.strip()
    }


def _places(recipe: Recipe) -> Iterator[tuple[str, str]]:
    """Yield every line with its place."""
    for number, ingredient in enumerate(recipe.ingredients, 1):
        yield f"ingredient {number}", f"{ingredient.name} {ingredient.preparation or ''}"
    for number, step in enumerate(recipe.instructions, 1):
        yield f"step {number}", step.text


def _position(wanted: list[str], spoken: list[str]) -> int | None:
    """Return where the wanted words stand in a row, None if nowhere."""
    for start in range(len(spoken) - len(wanted) + 1):
        if spoken[start : start + len(wanted)] == wanted:
            return start
    return None
