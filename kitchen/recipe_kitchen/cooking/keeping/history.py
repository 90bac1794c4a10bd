"""What was cooked: kept, found again by its words, starred, forgotten."""

from __future__ import annotations

import re
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.errors import TopochefError
from recipe_data.schema import Recipe
from recipe_kitchen.cooking.keeping.file import reading, writing
from recipe_kitchen.cooking.keeping.record import from_record, to_record
from recipe_kitchen.cooking.order import plain
from recipe_kitchen.cooking.ready import ReadyRecipe

_WORD = re.compile(r"\w+")
_ENTRY = "dishes.id, dishes.cooked_at, dishes.favourite, dishes.title, dishes.servings"


class Entry(NamedTuple):
    """A line of the list."""

    id: int
    """Never given again, not even after it was deleted."""
    cooked_at: str
    """ISO 8601, in UTC."""
    favourite: bool
    title: str
    servings: int | None


class Kept(NamedTuple):
    """A recipe of the history."""

    entry: Entry
    dish: ReadyRecipe


def _now() -> datetime:
    return datetime.now(UTC)


class History:
    """The recipes of one file, which several processes and threads may use at once.

    Every method opens it anew, and raises `TopochefError` with its name and what to do where that
    fails.
    """

    def __init__(self, path: Path, now: Callable[[], datetime] = _now) -> None:
        """Remember which file; it is made when something is kept."""
        self.path = path
        self._now = now

    def keep(self, dish: ReadyRecipe, others: Sequence[ReadyRecipe] = ()) -> int:
        """Keep a dish as it was shown; return its number.

        `others`, drafts that were written beside it, are at hand until the next dish is kept.
        """
        with writing(self.path) as rows:
            return self._keep(rows, dish, [to_record(other) for other in others])

    def another(self) -> tuple[Kept, int]:
        """Keep the next draft that was written beside the dish kept last.

        Returns it, and how many are left. Raises `TopochefError` if there is none.
        """
        with writing(self.path) as rows:
            records = [text for (text,) in rows.execute("SELECT dish FROM others ORDER BY id")]
            if not records:
                raise TopochefError(
                    f"there is no other draft in {self.path}: cook again, with another --seed"
                )
            dish = self._read(records[0], "a draft in", "cook again")
            number = self._keep(rows, dish, records[1:])
            query = f"SELECT {_ENTRY} FROM dishes WHERE id = ?"
            entry = _entry(rows.execute(query, (number,)).fetchone())
        return Kept(entry, dish), len(records) - 1

    def _keep(self, rows: sqlite3.Connection, dish: ReadyRecipe, others: Sequence[str]) -> int:
        when = self._now().astimezone(UTC).isoformat(timespec="seconds")
        number = rows.execute(
            "INSERT INTO dishes (cooked_at, title, servings, dish) VALUES (?, ?, ?, ?)",
            (when, dish.title, dish.servings, to_record(dish)),
        ).lastrowid
        assert number is not None
        rows.execute(
            "INSERT INTO words (rowid, title, ingredients, steps) VALUES (?, ?, ?, ?)",
            (number, dish.title, "\n".join(dish.ingredients), "\n".join(dish.steps)),
        )
        rows.execute("DELETE FROM others")
        rows.executemany(
            "INSERT INTO others (beside, dish) VALUES (?, ?)", [(number, text) for text in others]
        )
        return number

    def entries(
        self, words: str = "", favourites: bool = False, limit: int | None = None
    ) -> list[Entry]:
        """Return the newest first, or what holds all `words` or beginnings of words, best first.

        Words are compared without case, accents and endings; signs between them mean nothing.
        """
        sought = [f'"{word}"*' for word in _WORD.findall(words)]
        if words.strip() and not sought:
            return []
        found = "dishes JOIN words ON words.rowid = dishes.id AND words MATCH ?"
        order = "bm25(words, 8, 2, 1)," if sought else ""  # a title says most
        query = (
            f"SELECT {_ENTRY} FROM {found if sought else 'dishes'} WHERE favourite >= ?"
            f" ORDER BY {order} dishes.id DESC LIMIT ?"
        )
        values = [*([" ".join(sought)] if sought else []), int(favourites), limit or -1]
        with reading(self.path) as rows:
            return [] if rows is None else list(map(_entry, rows.execute(query, values)))

    def one(self, number: int) -> Kept:
        """Return a recipe; raises `TopochefError` if there is none of this number."""
        for kept in self._kept("WHERE id = ?", number):
            return kept
        raise self._absent(number)

    def all(self, favourites: bool = False) -> Iterator[Kept]:
        """Yield the recipes, the oldest first."""
        yield from self._kept("WHERE favourite >= ? ORDER BY id", int(favourites))

    def star(self, numbers: Sequence[int], favourite: bool = True) -> None:
        """Make recipes favourites, or no longer; raises `TopochefError` if one is absent."""
        with writing(self.path) as rows:
            for number in numbers:
                self._change(
                    rows, "UPDATE dishes SET favourite = ? WHERE id = ?", number, int(favourite)
                )

    def delete(self, numbers: Sequence[int]) -> None:
        """Forget recipes, all or, where one is absent, none: nothing of them stays in the file."""
        with writing(self.path) as rows:
            for number in numbers:
                self._change(rows, "DELETE FROM dishes WHERE id = ?", number)
                rows.execute("DELETE FROM words WHERE rowid = ?", (number,))
                rows.execute("DELETE FROM others WHERE beside = ?", (number,))
            _drop_words(rows)

    def clear(self) -> int:
        """Forget all; return how many they were."""
        with writing(self.path) as rows:
            count = rows.execute("DELETE FROM dishes").rowcount
            rows.execute("DELETE FROM words")
            rows.execute("DELETE FROM others")
            _drop_words(rows)
        return count

    def _change(self, rows: sqlite3.Connection, statement: str, number: int, *values: int) -> None:
        if not _is_number(number) or not rows.execute(statement, (*values, number)).rowcount:
            raise self._absent(number)

    def _kept(self, which: str, value: int) -> Iterator[Kept]:
        with reading(self.path) as rows:
            if rows is None or not _is_number(value):
                return
            query = f"SELECT {_ENTRY}, dish FROM dishes {which}"
            for *columns, text in rows.execute(query, (value,)):
                entry = _entry(columns)
                damaged = f"recipe {entry.id} of", f"`recipe-cook history delete {entry.id}`"
                yield Kept(entry, self._read(text, *damaged))

    def _read(self, text: str, what: str, remedy: str) -> ReadyRecipe:
        try:
            return from_record(text)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise TopochefError(f"{what} {self.path} is damaged: {remedy}") from error

    def _absent(self, number: int) -> TopochefError:
        return TopochefError(
            f"there is no recipe {number} in {self.path}: `recipe-cook history` lists them"
        )


def keep_or_warn(dish: ReadyRecipe, others: Sequence[ReadyRecipe], history: History) -> bool:
    """Keep a dish and the drafts beside it; where that fails, warn: it was cooked anyway."""
    try:
        history.keep(dish, others)
    except TopochefError as error:
        print(f"warning: the recipe was not kept: {error}", file=sys.stderr)
        return False
    return True


def newest(history: History) -> Recipe | None:
    """Return the recipe that was kept last; None of an empty history."""
    for entry in history.entries(limit=1):
        return history.one(entry.id).dish.recipe
    return None


def _entry(columns: Sequence[Any]) -> Entry:
    number, when, favourite, title, servings = columns
    return Entry(number, plain(when), bool(favourite), plain(title), servings)


def _drop_words(rows: sqlite3.Connection) -> None:
    """Have the index forget what was deleted: it keeps words until its parts are merged."""
    rows.execute("INSERT INTO words (words) VALUES ('optimize')")


def _is_number(number: int) -> bool:
    return 0 <= number < 1 << 63
