"""Which titles are nearest to a title."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from recipe_base.errors import TopochefError
from recipe_data.language.stems import stems

_AT_ONCE = 256
_CELLS = 1 << 22
"""Similarities that are in memory at a time: 32 MB."""

RULE = "tf-idf:words-porter|cosine|ties:first"


def nearest(titles: Sequence[str], known: Sequence[str], count: int) -> Iterator[list[int]]:
    """Yield, for every title, the places of the `count` nearest known ones, the nearest first.

    By the cosine of their stems' TF-IDF; ties go to the earlier one, so that a title of which no
    word is known has the first ones. Raises `TopochefError` where a library is missing.

    >>> list(nearest(["Baked rices"], ["Fried noodles", "Rice, baked", "Rice salad"], 2))
    [[1, 2]]
    """
    for similar in _similarities(titles, known):
        yield largest(similar, count)


def nearest_others(titles: Sequence[str], groups: Sequence[int], count: int) -> Iterator[list[int]]:
    """Yield, for every title, the places of its `count` nearest among those of other groups.

    As `nearest` has them, but only such that share a word with it: fewer than `count`, or none,
    where there are no more. A title stands in its own group, so it is never its own neighbour.

    >>> titles = ["Rice salad", "Rice salads", "Fried rice", "Toast"]
    >>> list(nearest_others(titles, [0, 0, 2, 3], 2))
    [[2], [2], [0, 1], []]
    """
    import numpy as np

    members = np.asarray(groups)
    for place, similar in enumerate(_similarities(titles, titles)):
        similar[members == members[place]] = 0
        found = largest(similar, count)
        yield [other for other in found if similar[other] > 0]


def _similarities(titles: Sequence[str], known: Sequence[str]) -> Iterator[Any]:
    """Yield of every title an array of its similarity to each of the known ones."""
    vectorizer, vectors = _vectors(known)
    table = vectors.T.tocsr()
    size = max(1, min(_AT_ONCE, _CELLS // len(known)))
    for start in range(0, len(titles), size):
        block = vectorizer.transform(titles[start : start + size])
        yield from (block @ table).toarray()


def _vectors(known: Sequence[str]) -> tuple[Any, Any]:
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer

        vectorizer = TfidfVectorizer(analyzer=stems)
        return vectorizer, vectorizer.fit_transform(known)
    except ImportError as error:
        raise TopochefError(
            f"finding similar titles needs {error.name}: run `pip install 'topochef[eval]'`"
        ) from error


def largest(values: Any, count: int) -> list[int]:
    """Return the places of the largest values, the largest first, of equal ones the first.

    >>> import numpy as np
    >>> largest(np.array([1, 3, 3, 2]), 3)
    [1, 2, 3]
    """
    import numpy as np

    if count >= len(values):
        return [*map(int, np.argsort(-values, kind="stable"))]
    least = np.partition(values, -count)[-count]
    places = np.flatnonzero(values >= least)
    return [*map(int, places[np.argsort(-values[places], kind="stable")][:count])]
