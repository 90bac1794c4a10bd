"""An indexed cookbook: the recipes nearest to a title, or to what is at hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from recipe_base.errors import TopochefError
from recipe_data.consensus.neighbours import largest
from recipe_data.cookbook.file import facts_of, opened
from recipe_data.cookbook.minilm import DIMENSIONS, MiniLM
from recipe_data.cookbook.words import WHOLE, Terms, cosine, idf, weighed
from recipe_data.grounded_prompts import Neighbour

CANDIDATES = 100
"""Recipes by words, and as many by meaning, of which every one is compared."""
_COMMON = 0.1
"""A word that more of the recipes have is looked for only where there is no rarer one."""


class Found(NamedTuple):
    """A recipe, and how near it is."""

    number: int
    neighbour: Neighbour
    source: str


class Cookbook:
    """One index, open for reading; several threads may share it."""

    def __init__(self, path: Path) -> None:
        """Open an index; raises `TopochefError` if it is none, or of an older format."""
        facts = facts_of(path)
        if facts is None:
            raise TopochefError(f"{path} is no index of this version: run `recipe-data index`")
        self.path = path
        self.facts = facts
        self._book = opened(path)
        self._terms, self._whole = Terms(), Terms(WHOLE)
        self._model = MiniLM()
        self._lock = Lock()

    def __len__(self) -> int:
        return int(self.facts["recipes"])

    def nearest(self, title: str, foods: Sequence[str] = (), count: int = 3) -> list[Found]:
        """Return the recipes nearest to a title, or, without one, to foods; the nearest first.

        How near is the mean of two numbers from 0 to 1: the cosine of the meanings (MiniLM of the
        titles), and that of the words: of the titles by TF-IDF, or the share of the foods that
        the recipe lists. Ties go to the earlier one.
        """
        with self._lock:
            asked = title or ", ".join(foods)
            meanings = self._meanings @ self._model.encode([asked])[0]
            numbers = sorted({*self._by_words(title, foods), *largest(meanings, CANDIDATES)})
            words = self._title_words(title, numbers) if title else self._shares(foods, numbers)
            near = [
                (max(0.0, float(meanings[number])) + word) / 2
                for number, word in zip(numbers, words, strict=True)
            ]
            best = sorted(range(len(numbers)), key=lambda place: (-near[place], place))[:count]
            return [self._recipe(numbers[place], min(1.0, near[place])) for place in best]

    @cached_property
    def _meanings(self) -> Any:
        """The vectors of all titles, a row each."""
        import numpy as np

        blocks = self._book.execute("SELECT rows FROM vectors ORDER BY block")
        joined = b"".join(rows for (rows,) in blocks)
        vectors = np.frombuffer(joined, dtype=np.float16).reshape(-1, DIMENSIONS)
        if len(vectors) != len(self):
            raise TopochefError(f"{self.path} is damaged: delete it and run `recipe-data index`")
        return vectors.astype(np.float32)

    def _by_words(self, title: str, foods: Sequence[str]) -> list[int]:
        """Return the recipes that the full-text search ranks highest."""
        column = "title" if title else "foods"
        terms = sorted({term for found in self._whole.of([title, *foods]) for term in found})
        common = _COMMON * len(self)
        # The search stems by itself, and the stem of a stem is another: cheese, chees, chee.
        stems = zip(terms, self._terms.of(terms), strict=True)
        rare = [term for term, (stem,) in stems if self._having(stem, column) <= common]
        if not terms:
            return []
        wanted = " OR ".join(f'"{term}"' for term in rare or terms)
        rows = self._book.execute(
            "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rank LIMIT ?",
            (f"{column}: ({wanted})", CANDIDATES),
        )
        return [number for (number,) in rows]

    def _having(self, term: str, column: str) -> int:
        row = self._book.execute(
            "SELECT doc FROM terms WHERE term = ? AND col = ?", (term, column)
        ).fetchone()
        return int(row[0]) if row else 0

    def _title_words(self, title: str, numbers: Sequence[int]) -> list[float]:
        found = self._column("title", numbers)
        mine, *others = self._terms.of([title, *found])
        known = {term for terms in (mine, *others) for term in terms}
        weights = {term: idf(len(self), self._having(term, "title")) for term in known}
        asked = weighed(mine, weights)
        return [cosine(asked, weighed(terms, weights)) for terms in others]

    def _shares(self, foods: Sequence[str], numbers: Sequence[int]) -> list[float]:
        """Return the share of the foods that each recipe lists, with all words of each."""
        listed = self._column("foods", numbers)
        wanted = [frozenset(terms) for terms in self._terms.of(foods)]
        shares = []
        for text in listed:
            lines = [frozenset(terms) for terms in self._terms.of(json.loads(text))]
            shares.append(sum(any(food <= line for line in lines) for food in wanted) / len(wanted))
        return shares

    def _column(self, name: str, numbers: Sequence[int]) -> list[str]:
        marks = ",".join("?" * len(numbers))
        rows = self._book.execute(
            f"SELECT {name} FROM recipes WHERE id IN ({marks}) ORDER BY id", numbers
        )
        return [text for (text,) in rows]

    def _recipe(self, number: int, nearness: float) -> Found:
        title, ingredients, steps, source = self._book.execute(
            "SELECT title, ingredients, steps, source FROM recipes WHERE id = ?", (number,)
        ).fetchone()
        neighbour = Neighbour(
            title, tuple(json.loads(ingredients)), tuple(json.loads(steps)), nearness
        )
        return Found(number, neighbour, source)
