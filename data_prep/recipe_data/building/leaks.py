"""What the train split knows of the test split: the two most similar recipes across it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from recipe_data.building.compact import Texts, WordSets, least_shared, prefix
from recipe_data.building.keys import word_hashes
from recipe_data.building.near import jaccard
from recipe_data.building.split import Split

_FLOORS = (0.75, 0.5, 0.25, 0.0)
"""A search above a high floor is quick: the first floor that finds a pair decides."""

_STEP = 1 << 10
"""Recipes after which progress is told."""


class Similarity(NamedTuple):
    """A test and a train recipe, and how alike they are."""

    similarity: float  # exact Jaccard of their words, 0-1
    test_title: str
    train_title: str


def sets_of_words(titles: Iterable[str]) -> WordSets:
    """Return the words of each title that is written as in a `SplitKey`."""
    return WordSets(word_hashes(title.split()) for title in titles)


def largest_similarity(
    sets: WordSets,
    titles: Texts,
    splits: Sequence[Split],
    progress: Callable[[int], None] = lambda position: None,
) -> Similarity:
    """Return the test and the train recipe that share the largest part of their words.

    Every recipe has its words, its title and its split. The result is exact and depends on no
    order; of equals, the first titles in the alphabet are named. `progress` hears how many recipes
    have been looked at.

    >>> sets = sets_of_words(["peas rice", "peas rice salt"])
    >>> largest_similarity(sets, Texts(["Rice", "Risi e bisi"]), ["train", "test"])
    Similarity(similarity=0.6666666666666666, test_title='Risi e bisi', train_title='Rice')
    """
    for floor in _FLOORS:
        best = _search(sets, titles, splits, floor, progress)
        if best.similarity > 0:
            return best
    return Similarity(0.0, "", "")


def _search(
    sets: WordSets,
    titles: Texts,
    splits: Sequence[Split],
    floor: float,
    progress: Callable[[int], None],
) -> Similarity:
    """Return the most similar pair of at least `floor`, or one of similarity 0."""
    having = _test_recipes(sets, splits, floor)
    best = Similarity(0.0, "", "")
    for item, split in enumerate(splits):
        if item % _STEP == 0:
            progress(item)
        if split != "train":
            continue
        words = sets.rarest_first(item)
        least = max(floor, best.similarity)
        shared = least_shared(len(words), least)
        for other in {other for word in prefix(words, least) for other in having.get(word, ())}:
            others = sets[other]
            if shared > len(others) or least_shared(len(others), least) > len(words):
                continue
            similarity = jaccard(words, others)
            if similarity >= max(least, best.similarity) and similarity > 0:
                found = Similarity(similarity, titles[other], titles[item])
                best = min(best, found, key=lambda pair: (-pair.similarity, *pair[1:]))
    return best


def _test_recipes(
    sets: WordSets, splits: Sequence[Split], floor: float
) -> defaultdict[int, list[int]]:
    """Return the test recipes that have a word among their rarest."""
    having: defaultdict[int, list[int]] = defaultdict(list)
    for item, split in enumerate(splits):
        if split == "test":
            for word in prefix(sets.rarest_first(item), floor):
                having[word].append(item)
    return having
