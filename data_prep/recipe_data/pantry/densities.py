"""How much foods weigh: volumes of solids by the table, pieces roughly."""

from __future__ import annotations

import re

from recipe_data.language.units import CUP
from recipe_data.pantry.identity import meant
from recipe_data.pantry.mentions import tokens_of
from recipe_data.schema import Ingredient

# `chicken or vegetable broth`: the first alternative leaves its last word to the second.
_SHARED = re.compile(
    r"(?P<one>(?:[\w-]+ ){0,2}[\w-]+)(?:, [\w-]+)*,? or [\w-]+ (?P<head>(?:[\w-]+ ){0,2}[\w-]+)$"
)
# `butter or olive oil` is no butter oil, though there is one.
_FATS_AND_SUGARS = frozenset({"butter", "animal fat", "oil", "sugar", "honey"})
_TAIL = re.compile(r"\s(?:or|with|in|from|for|and/or|without)\s|[,(;]")


def grams_per_ml(name: str, preparation: str | None = None) -> float | None:
    """Return the density of a solid by the name of the ingredient, or None.

    The last words of the name decide what it is (`rice vinegar` is a vinegar), the others and the
    preparation how it is: cooked, sliced. A cup is 240 ml here as in `recipe_data.language.units`.

    >>> grams_per_ml("long-grain rice"), grams_per_ml("rice vinegar")
    (0.7916666666666666, None)
    >>> round(240 * grams_per_ml("light brown sugar"))
    216
    """
    said = f"{preparation or ''} {_first_food(name)}"
    spoken = tokens_of(said)
    weights = (weight for mention in meant(said) for weight in mention.food.cup_grams)
    return (
        next((g / CUP.factor for state, g in weights if not state or state in spoken), None) or None
    )


def _first_food(name: str) -> str:
    """Return the first of the foods between which a name leaves the choice.

    >>> [_first_food(f"{n} oil") for n in ("walnut or olive", "butter or olive", "white or red")]
    ['walnut oil', 'butter', 'white oil']
    """
    first = _TAIL.split(name, maxsplit=1)[0]
    shared = _SHARED.match(name) if " or " in name else None
    if shared is None:
        return first
    joined = f"{shared['one']} {shared['head']}"
    one, made = meant(shared["one"]), meant(joined)
    if not one:  # `red or green lentils`
        return joined if made else first
    last = len(tokens_of(first)) - 1
    plural = tokens_of(first)[last] != first.lower().split()[-1]  # `tomatoes or tomato sauce`
    shares = bool(made) and made[0].start <= last and not plural
    return joined if shares and one[0].food.family not in _FATS_AND_SUGARS else first


def about_grams(ingredient: Ingredient) -> float:
    """Return about how many grams a line adds; pieces count as 60 g, an egg or a carrot.

    >>> about_grams(Ingredient(2.0, None, "unit", "eggs"))
    120.0
    """
    amount = ingredient.quantity or 0.0
    return amount * 60.0 if ingredient.unit == "unit" else amount
