"""What every format shares: the fields of a row, checked, and the reasons why one is unusable."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from recipe_data.schema import RawRecipe, Rejection

MAX_ROW_BYTES = 1 << 17
"""Longer rows are rejected; the longest recipes known have a tenth of this."""
MAX_DETAIL_CHARS = 160
REQUIRED = ("title", "ingredients", "directions")
ORIGINS = ("link", "url", "source", "source_repo")

JSON = json.JSONDecoder(strict=False)  # raw control characters in a string are dirt, not damage

Progress = Callable[[int], None]
"""Is told how much of a source has been used, in the unit of `source_size`."""
Rows = Iterator[RawRecipe | Rejection]
Choose = Callable[[str], str | None]
"""Gives the reason why a row of this title is not wanted; None where it is."""


def choose_all(title: str) -> str | None:
    """Want every row."""
    return None


class UnusableError(Exception):
    """A row cannot be used: `reason` is counted, `detail` shown."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail

    def rejection(self, row: int) -> Rejection:
        """Count the row under its reason."""
        return Rejection(row, self.reason, readable(self.detail))


def readable(text: str) -> str:
    """Cut a text to what fits a rejection, and make sure that it can be written as UTF-8."""
    return text[:MAX_DETAIL_CHARS].encode("utf-8", "replace").decode("utf-8")


def must_be_chosen(title: str, choose: Choose) -> None:
    """Raise `UnusableError` for a title that is not wanted: its other fields need no decoding."""
    if (reason := choose(title)) is not None:
        raise UnusableError(reason, title)


def parsed(text: str) -> Any:
    """Decode a JSON document."""
    try:
        return JSON.decode(text)
    except (ValueError, RecursionError) as error:
        raise UnusableError("broken JSON", text) from error


def strings(name: str, value: Any) -> tuple[str, ...]:
    """Check a list of strings.

    >>> strings("directions", ["Boil.", "Drain."])
    ('Boil.', 'Drain.')
    """
    if not isinstance(value, list) or not {str}.issuperset(map(type, value)):
        raise UnusableError("not a list of strings", f"{name}: {str(value)[:MAX_DETAIL_CHARS]}")
    return tuple(value)


def entities(cell: str) -> tuple[str, ...]:
    """Read the entity column leniently: nothing is built on it, so nothing is rejected for it."""
    try:
        return strings("NER", parsed(cell))
    except UnusableError:
        return ()


def title_of(row: Mapping[str, Any]) -> str:
    """Return the title of a JSON object; empty where it has none."""
    title = row.get("title") or ""
    if not isinstance(title, str):
        raise UnusableError("title is not a string", str(title)[:MAX_DETAIL_CHARS])
    return title


def bounded(recipe: RawRecipe) -> RawRecipe:
    """Refuse a row that is longer than recipes are."""
    size = sum(map(len, (recipe.title, *recipe.ingredients, *recipe.directions)))
    if size > MAX_ROW_BYTES:
        raise UnusableError("row too long", recipe.title[:80])
    return recipe


def from_object(number: int, row: Any, choose: Choose) -> RawRecipe:
    """Read an object with the keys `title`, `ingredients`, `directions`, `url` or `source_repo`.

    >>> from_object(1, {"title": "Rice", "ingredients": ["rice"]}, choose_all).ingredients
    ('rice',)
    """
    if not isinstance(row, dict):
        raise UnusableError("not an object", str(row)[:MAX_DETAIL_CHARS])
    title = title_of(row)
    must_be_chosen(title, choose)
    return RawRecipe(
        row=number,
        title=title,
        ingredients=strings("ingredients", row.get("ingredients") or []),
        directions=strings("directions", row.get("directions") or []),
        source=str(row.get("url") or row.get("source_repo") or ""),
    )


def from_columns(number: int, row: Mapping[str, Any], choose: Choose) -> RawRecipe:
    """Read a row of a table with RecipeNLG's columns or the keys of `from_object`.

    Lists may be lists or, as RecipeNLG ships them, JSON in a string.

    >>> row = {"title": "Rice", "ingredients": '["rice"]', "directions": ["Boil."], "link": "a.b"}
    >>> from_columns(1, row, choose_all).ingredients, from_columns(1, row, choose_all).source
    (('rice',), 'a.b')
    """
    title = title_of(row)
    must_be_chosen(title, choose)
    fields = {
        name: parsed(value) if isinstance(value := row.get(name) or [], str) else value
        for name in ("ingredients", "directions")
    }
    origin = next(
        (row[key] for key in ("link", "url", "source", "source_repo") if row.get(key)), ""
    )
    return bounded(
        RawRecipe(
            row=number,
            title=title,
            ingredients=strings("ingredients", fields["ingredients"]),
            directions=strings("directions", fields["directions"]),
            source=str(origin),
        )
    )
