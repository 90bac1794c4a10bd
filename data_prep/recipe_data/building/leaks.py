"""What the train split knows of the test split: the two most similar recipes across it."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from recipe_data.building.compact import Texts, WordSets, least_shared, most_words, prefix
from recipe_data.building.keys import word_hashes
from recipe_data.building.near import jaccard
from recipe_data.building.split import Split

_FLOORS = (0.75, 0.5, 0.25, 0.0)
"""A search above a high floor is quick: the first floor that finds a pair decides."""

Side = Split | None
"""Where a recipe is learnt or tested; None of one that is left out."""

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
    splits: Sequence[Side],
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


def alike_to_held_out(
    sets: WordSets, sides: Sequence[Side], floor: float, start: int = 0
) -> Iterator[int]:
    """Yield the train recipes, from `start` on, that share `floor` or more of their words with one
    of validation or test.

    >>> sets = sets_of_words(["peas rice", "rice", "peas rice salt"])
    >>> list(alike_to_held_out(sets, ["train", "train", "test"], floor=0.6))
    [0]
    """
    held_out = (item for item, side in enumerate(sides) if side in ("validation", "test"))
    index = _Index(sets, held_out, floor)
    for item in range(start, len(sides)):
        if sides[item] == "train":
            words = sets.rarest_first(item)
            if any(jaccard(words, sets[other]) >= floor for other in index.near(words, floor)):
                yield item


def _search(
    sets: WordSets,
    titles: Texts,
    splits: Sequence[Side],
    floor: float,
    progress: Callable[[int], None],
) -> Similarity:
    """Return the most similar pair of at least `floor`, or one of similarity 0."""
    test_recipes = _Index(
        sets, (item for item, split in enumerate(splits) if split == "test"), floor
    )
    best = Similarity(0.0, "", "")
    for item, split in enumerate(splits):
        if item % _STEP == 0:
            progress(item)
        if split != "train":
            continue
        words = sets.rarest_first(item)
        for other in test_recipes.near(words, max(floor, best.similarity)):
            similarity = jaccard(words, sets[other])
            if similarity >= max(floor, best.similarity) and similarity > 0:
                found = Similarity(similarity, titles[other], titles[item])
                best = min(best, found, key=lambda pair: (-pair.similarity, *pair[1:]))
    return best


class _Index:
    """Some of the sets, found by what a set of a similarity `floor` or more shares with them."""

    def __init__(self, sets: WordSets, items: Iterable[int], floor: float) -> None:
        self._having: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        self._bits = array("Q", bytes(8 * len(sets)))
        self._longest = 0
        for item in items:
            words = sets.rarest_first(item)
            self._bits[item] = _bits(words)
            self._longest = max(self._longest, len(words))
            for word in prefix(words, floor):
                self._having[word, len(words)].append(item)

    def near(self, words: list[int], least: float) -> Iterator[int]:
        """Yield the items that may be of a similarity `least`, of `floor` or more, to these words.

        An item may come twice. Sets of n and m words and that similarity share at least
        least / (1 + least) * (n + m) of them, and no bit differs but for a word that differs.
        """
        count, bits, share = len(words), _bits(words), least / (1 + least)
        most = min(self._longest, most_words(count, least)) if least else self._longest
        for length in range(max(1, least_shared(count, least)), most + 1):
            shared = least_shared(count + length, share)
            apart = count + length - 2 * shared
            for word in words[: count - shared + 1]:
                for item in self._having.get((word, length), ()):
                    if (bits ^ self._bits[item]).bit_count() <= apart:
                        yield item


def _bits(words: Iterable[int]) -> int:
    """Return 64 bits, of which every word sets one."""
    bits = 0
    for word in words:
        bits |= 1 << word % 64
    return bits
