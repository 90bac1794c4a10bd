"""The words of titles as SQLite's full-text search has them, and how near two titles are by them.

One tokenizer for all: what is indexed, what is asked and what is compared. It needs no library.
"""

from __future__ import annotations

import math
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

WHOLE = "unicode61 remove_diacritics 2"
TOKENIZER = f"porter {WHOLE}"
RULE = f"tf-idf:{TOKENIZER}|cosine"


class Terms:
    """Takes texts apart into stems, or by `WHOLE` into words."""

    def __init__(self, tokenizer: str = TOKENIZER) -> None:
        """Make an index in memory that tells how it splits."""
        self._words = sqlite3.connect(":memory:", check_same_thread=False)
        self._words.execute(
            f"CREATE VIRTUAL TABLE words USING fts5(text, content='', tokenize='{tokenizer}')"
        )
        self._words.execute("CREATE VIRTUAL TABLE terms USING fts5vocab(words, 'instance')")
        self._words.commit()

    def of(self, texts: Sequence[str]) -> list[list[str]]:
        """Return the stems, or words, of each text, in no order that means anything.

        >>> [sorted(terms) for terms in Terms().of(["Baked jalapeños", "¡!"])]
        [['bake', 'jalapeno'], []]
        """
        found: list[list[str]] = [[] for _ in texts]
        self._words.executemany("INSERT INTO words(rowid, text) VALUES (?, ?)", enumerate(texts))
        for term, place in self._words.execute("SELECT term, doc FROM terms"):
            found[place].append(term)
        self._words.rollback()
        return found


def idf(total: int, having: int) -> float:
    """Return what a term weighs that `having` of `total` titles have: ln((1+N)/(1+n)) + 1."""
    return math.log((1 + total) / (1 + having)) + 1


def weighed(terms: Iterable[str], weights: Mapping[str, float]) -> dict[str, float]:
    """Return the terms of a title as a unit vector, counts times weights; empty without a term.

    >>> weighed(["rice", "rice", "egg"], {"rice": 3.0, "egg": 8.0})
    {'rice': 0.6, 'egg': 0.8}
    """
    values = {term: count * weights[term] for term, count in Counter(terms).items()}
    length = math.sqrt(sum(value * value for value in values.values()))
    return {term: value / length for term, value in values.items()}


def cosine(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Return the cosine of two unit vectors, 0 to 1.

    >>> cosine({"rice": 0.6, "egg": 0.8}, {"rice": 1.0})
    0.6
    """
    return sum(value * other.get(term, 0.0) for term, value in one.items())
