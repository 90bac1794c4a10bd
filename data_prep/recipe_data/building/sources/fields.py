"""What every format shares: the fields of a row, checked, and the reasons why one is unusable."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from recipe_data.schema import RawRecipe, Rejection

MAX_ROW_BYTES = 1 << 17
"""Longer rows are rejected; the longest recipes known have a tenth of this."""
MAX_DETAIL_CHARS = 160
_LANGUAGE = re.compile(r"[a-z]{2}(?:[-_][A-Za-z]{2,4})?")

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


def no_texts(name: str, value: Any) -> UnusableError:
    """Return the reason why what a field holds is no list of texts, and what to do."""
    shown = str(value)[: MAX_DETAIL_CHARS - 60]
    return UnusableError("not a list of strings", f"{name}: {shown}: write a list of texts")


def refuse_languages(name: str, value: Mapping[str, Any]) -> None:
    """Raise `UnusableError` for the same in several languages, by their codes.

    >>> refuse_languages("steps", {"en": ["Boil."], "Sauce": ["Stir."]})
    """
    if len(value) > 1 and all(_LANGUAGE.fullmatch(str(key)) for key in value):
        detail = f"{name}: {', '.join(map(str, value))[:80]}: keep the one to train on"
        raise UnusableError("several languages", detail)


def must_be_chosen(title: str, choose: Choose) -> None:
    """Raise `UnusableError` for a title that is not wanted: its other fields need no decoding."""
    if (reason := choose(title)) is not None:
        raise UnusableError(reason, title)


def entities(cell: Any) -> tuple[str, ...]:
    """Read the entity column leniently: nothing is built on it, so nothing is rejected for it."""
    try:
        found = json.loads(cell) if isinstance(cell, str) else cell
    except (ValueError, RecursionError):
        return ()
    is_list = isinstance(found, list) and {str}.issuperset(map(type, found))
    return tuple(found) if is_list else ()


def bounded(recipe: RawRecipe) -> RawRecipe:
    """Refuse a row that is longer than recipes are."""
    size = sum(map(len, (recipe.title, *recipe.ingredients, *recipe.directions)))
    if size > MAX_ROW_BYTES:
        raise UnusableError("row too long", recipe.title[:80])
    return recipe
