"""Titles beside many others at once: the nearness of `searching`, of every one to every one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, Literal

from recipe_base.console import progress_bar
from recipe_data.cookbook import minilm, words
from recipe_data.cookbook.minilm import MiniLM
from recipe_data.cookbook.words import Terms, idf, weighed

By = Literal["both", "words", "meaning"]
RULE = f"half:{words.RULE}|half:{minilm.NAME}"
_CELLS = 1 << 22
"""Similarities that are in memory at a time: 16 MB."""


class Shelf:
    """Known titles, each with its words and its meaning.

    Comparing N titles with M takes N · M · 768 operations: a hundred thousand with each other some
    minutes.
    """

    def __init__(self, titles: Sequence[str], meanings: Any = None) -> None:
        """Take the titles as they stand, with a row of `embedded` for each where it is known."""
        self.titles = titles
        self._terms = Terms()
        self._given = meanings

    def near(self, asked: Sequence[str], by: By = "both", meanings: Any = None) -> Iterator[Any]:
        """Yield of every title asked an array of how near each known one is, 0 to 1.

        By both it is what `Cookbook.nearest` says of a book of the known titles; `meanings` are
        those of `asked`, where they are known.

        >>> (near,) = Shelf(["Toast", "Fried Rice"]).near(["fried rice"])
        >>> round(float(near[1]), 2)
        1.0
        """
        import numpy as np

        if by != "words" and meanings is None:
            meanings = embedded(asked)
        size = max(1, _CELLS // max(1, len(self.titles)))
        for start in range(0, len(asked), size):
            block = asked[start : start + size]
            if by != "words":
                alike = np.clip(meanings[start : start + size] @ self._meanings.T, 0, 1)
            for place, terms in enumerate(self._terms.of(block)):
                if by == "words":
                    yield self._by_words(terms)
                elif by == "meaning":
                    yield alike[place]
                else:
                    yield np.minimum((alike[place] + self._by_words(terms)) / 2, 1)

    def _by_words(self, terms: Sequence[str]) -> Any:
        import numpy as np

        known, postings = self._postings
        near = np.zeros(len(self.titles), dtype=np.float32)
        weights = {term: idf(len(self.titles), known[term]) for term in terms}
        for term, weight in weighed(terms, weights).items():
            if term in postings:
                places, values = postings[term]
                near[places] += np.float32(weight) * values
        return near

    @cached_property
    def _postings(self) -> tuple[Counter[str], dict[str, tuple[Any, Any]]]:
        """How many titles have a term; of each term the titles, and what it weighs in them."""
        import numpy as np

        terms = self._terms.of(self.titles)
        known = Counter(term for found in terms for term in {*found})
        weights = {term: idf(len(terms), count) for term, count in known.items()}
        having: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        for place, found in enumerate(terms):
            for term, value in weighed(found, weights).items():
                having[term].append((place, value))
        arrays = {
            term: (np.array([p for p, _ in found]), np.array([v for _, v in found], np.float32))
            for term, found in having.items()
        }
        return known, arrays

    @cached_property
    def _meanings(self) -> Any:
        return embedded(self.titles) if self._given is None else self._given


def embedded(titles: Sequence[str]) -> Any:
    """Return the unit vectors of titles by MiniLM, a float32 row each."""
    with progress_bar("Embedding titles", len(titles)) as advance:
        return MiniLM().encode(titles, advance)
