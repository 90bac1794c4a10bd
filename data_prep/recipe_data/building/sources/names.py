"""What fields are called: schema.org's, RecipeNLG's, the managers' and people's own names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.errors import TopochefError
from recipe_data.building.sources.fields import UnusableError

TITLE = ("title", "name", "headline", "recipename", "recipetitle", "dishname", "dish", "strmeal")
INGREDIENTS = (
    "recipeingredient", "ingredients", "recipeingredients", "ingredient", "ingredientlines",
    "ingredientlist", "ingredientslist", "ingredientsraw", "ingredientsrawstr",
    "ingredientgroups", "ingredientsections", "extendedingredients", "supply",
)  # fmt: skip
DIRECTIONS = (
    "recipeinstructions", "directions", "instructions", "steps", "method", "methods", "recipesteps",
    "recipedirections", "cookingdirections", "cookinginstructions", "procedure",
    "preparationsteps", "directionslist", "instructionslist", "instructionsections", "direction",
    "instruction", "step", "preparation", "analyzedinstructions", "strinstructions",
)  # fmt: skip
AMOUNTS = (
    "quantities", "quantity", "amounts", "amount", "measures", "measurements",
    "ingredientquantities", "ingredientamounts",
)  # fmt: skip
"""Of ingredients, in a list beside theirs; so are units."""
UNITS = ("units", "unit", "ingredientunits")
SERVINGS = (
    "recipeservings", "recipeyield", "servings", "yield", "yields", "serves", "numservings",
    "portions", "numberofservings",
)  # fmt: skip
ORIGIN = (
    "link", "url", "sourceurl", "orgurl", "recipeurl", "canonicalurl", "mainentityofpage", "@id",
    "source", "sourcerepo",
)  # fmt: skip
_NUMBERED = re.compile(
    r"(?:str)?(?P<what>ingredient|measure|quantity|amount|unit|step|direction|instruction)s?"
    r"(?P<number>\d{1,3})"
)
_NOTHING = frozenset(["", "nan", "NaN", "None", "null", "NULL", "NA", "N/A", "<NA>"])
_NO_LETTER = re.compile(r"[^a-z0-9@]")


class Field(NamedTuple):
    """A field of a row: how the row calls it, and what it says."""

    name: str
    value: Any


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """Return a name without case and separators.

    >>> plain("Recipe_Ingredients"), plain("org URL"), plain("schema:name")
    ('recipeingredients', 'orgurl', 'name')
    """
    return _NO_LETTER.sub("", name.rpartition("/")[2].rpartition(":")[2].lower())


def named(row: Mapping[str, Any], names: tuple[str, ...]) -> Field | None:
    """Return the first field of these names that says something; else an empty one, or None.

    >>> row = {"Name": "Rice", "steps": [], "directions": None, "Method": "Boil."}
    >>> named(row, TITLE), named(row, DIRECTIONS), named(row, INGREDIENTS)
    (Field(name='Name', value='Rice'), Field(name='Method', value='Boil.'), None)
    """
    known = _known(row)
    there = next((known[name] for name in names if name in known), None)
    return next(every(row, names), None) or (None if there is None else Field(there, None))


def every(row: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[Field]:
    """Yield the fields of these names that say something, in the order of the names."""
    known = _known(row)
    for name in names:
        if name in known and not is_missing(row[known[name]]):
            yield Field(known[name], row[known[name]])


def _known(row: Mapping[str, Any]) -> dict[str, str]:
    return _by_plain_name(tuple(row))


@lru_cache(maxsize=1024)  # rows of one source have the same names
def _by_plain_name(names: tuple[Any, ...]) -> dict[str, str]:
    return {plain(name): name for name in reversed(names) if isinstance(name, str)}


@lru_cache(maxsize=1024)
def _with_numbers(names: tuple[Any, ...]) -> list[tuple[str, str, int]]:
    """Return the names like `ingredient1`, each with what it names and its number."""
    matches = ((name, _NUMBERED.fullmatch(plain(str(name)))) for name in names)
    return [(name, match["what"], int(match["number"])) for name, match in matches if match]


def is_missing(value: Any) -> bool:
    """Tell a value that says nothing, as JSON, tables and pandas write it.

    >>> [is_missing(value) for value in (None, "", " ", [], float("nan"), "NaN", 0, "nankhatai")]
    [True, True, True, True, True, True, False, False]
    """
    if isinstance(value, str):
        return value.strip() in _NOTHING
    return value is None or value != value or (isinstance(value, list | dict) and not value)


def required(row: Mapping[str, Any], names: tuple[str, ...], what: str) -> Field:
    """Return a field that no recipe is without; `what` is how we call it.

    Raises `UnusableError` where the row has none, telling what it has.
    """
    found = named(row, names)
    if found is None:
        has = ", ".join(str(key) for key in row) or "nothing"
        raise UnusableError(f"no {what}", f"no field {what}, but {has}: rename one")
    return found


def check_columns(source: Path | str, found: Sequence[str]) -> list[str]:
    """Return the columns of a table that are read.

    Raises `TopochefError` where one that no recipe is without is missing.
    """
    wanted = {"title": TITLE, "ingredients": INGREDIENTS, "directions": DIRECTIONS}
    row = dict.fromkeys(found)
    has_numbered = any(_NUMBERED.fullmatch(plain(name)) for name in found)
    missing = [what for what, names in wanted.items() if named(row, names) is None]
    if missing and not (has_numbered and "title" not in missing):
        raise TopochefError(
            f"{source} has no column {', '.join(missing)} (it has {', '.join(found)[:200]}): "
            "rename its columns, or write it as JSONL"
        )
    read = {*TITLE, *INGREDIENTS, *AMOUNTS, *UNITS, *DIRECTIONS, *SERVINGS, *ORIGIN, "ner"}
    return [name for name in found if plain(name) in read or _NUMBERED.fullmatch(plain(name))]


def numbered(row: Mapping[str, Any], first: str, *others: str) -> Field | None:
    """Collect `ingredient1`, `measure1`, `ingredient2`, … of a row that has no list of them.

    >>> row = {"strIngredient1": "rice", "strMeasure1": "200 g", "strIngredient2": ""}
    >>> numbered(row, "ingredient", "measure").value
    [{'ingredient': 'rice', 'measure': '200 g'}]
    """
    found: dict[int, dict[str, Any]] = {}
    for key, what, number in _with_numbers(tuple(row)):
        if what in (first, *others) and not is_missing(row[key]):
            found.setdefault(number, {})[what] = row[key]
    entries = [entry for _, entry in sorted(found.items())]
    return Field(f"{first}1", entries) if any(first in entry for entry in entries) else None


def looks_like_recipe(value: Any) -> bool:
    """Tell an object with the fields of a recipe from any other.

    >>> looks_like_recipe({"name": "Rice", "ingredients": []}), looks_like_recipe({"name": "x"})
    (True, False)
    """
    return isinstance(value, dict) and bool(
        named(value, TITLE) and (named(value, INGREDIENTS) or named(value, DIRECTIONS))
    )
