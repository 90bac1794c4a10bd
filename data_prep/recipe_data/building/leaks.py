"""What the train split knows of the test split: the two most similar recipes across it."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from recipe_data.building.near import jaccard
from recipe_data.building.split import SPLITS, Split, SplitKey

_FLOORS = (0.75, 0.5, 0.25, 0.0)
"""A search above a high floor is quick: the first floor that finds a pair decides."""
_ROUNDING = 1e-9


class Similarity(NamedTuple):
    """A test and a train recipe, and how alike they are."""

    similarity: float  # exact Jaccard of title words and ingredient names, 0-1
    test_title: str
    train_title: str


class _Item(NamedTuple):
    title: str
    words: tuple[str, ...]  # the rarest of all recipes first

    def least_shared(self, floor: float) -> int:
        """Return how many words a set of similarity `floor` or more shares at least."""
        return math.ceil(floor * len(self.words) - _ROUNDING)

    def prefix(self, floor: float) -> tuple[str, ...]:
        """Return the words of which such a set has one in its own prefix."""
        return self.words[: len(self.words) - self.least_shared(floor) + 1]


def words_by_side(
    keys: Iterable[SplitKey], splits: Iterable[Split], titles: Mapping[Split, Iterable[str]]
) -> dict[Split, dict[tuple[str, ...], str]]:
    """Return the words of each split's recipes with their titles, which are in the order of keys.

    >>> words_by_side([SplitKey("", "", ("pea",))], ["test"], {"test": ["Peas"]})["test"]
    {('pea',): 'Peas'}
    """
    sides: dict[Split, dict[tuple[str, ...], str]] = {split: {} for split in SPLITS}
    following = {split: iter(side) for split, side in titles.items()}
    for key, split in zip(keys, splits, strict=True):
        title = next(following[split])
        sides[split][key.words] = min(title, sides[split].get(key.words, title))
    return sides


def largest_similarity(
    train: Mapping[tuple[str, ...], str],
    test: Mapping[tuple[str, ...], str],
    progress: Callable[[int], None] = lambda position: None,
) -> Similarity:
    """Return the test and the train recipe that share the largest part of their words.

    Both map the words of a recipe to its title. The result is exact and depends on no order; of
    equals, the first titles in the alphabet are named. `progress` hears how many test recipes are
    done.

    >>> largest_similarity({("peas", "rice"): "Rice"}, {("peas", "rice", "salt"): "Risi e bisi"})
    Similarity(similarity=0.6666666666666666, test_title='Risi e bisi', train_title='Rice')
    """
    counts = Counter(word for recipes in (train, test) for words in recipes for word in words)

    def items(recipes: Mapping[tuple[str, ...], str]) -> list[_Item]:
        def rarest_first(words: Iterable[str]) -> tuple[str, ...]:
            return tuple(sorted(words, key=lambda word: (counts[word], word)))

        return sorted(_Item(title, rarest_first(words)) for words, title in recipes.items())

    train_items, test_items = items(train), items(test)
    for floor in _FLOORS:
        best = _search(train_items, test_items, floor, progress)
        if best.similarity > 0:
            return best
    return Similarity(0.0, "", "")


def _search(
    train: list[_Item], test: list[_Item], floor: float, progress: Callable[[int], None]
) -> Similarity:
    """Return the most similar pair of at least `floor`, or one of similarity 0.

    Words are looked up by the number of words beside them: a set of similarity s to one of n
    words has between s * n and n / s.
    """
    having: defaultdict[tuple[str, int], list[_Item]] = defaultdict(list)
    for item in train:
        for word in item.prefix(floor):
            having[word, len(item.words)].append(item)
    longest = max((len(item.words) for item in train), default=0)
    best = Similarity(0.0, "", "")
    for done, item in enumerate(test, 1):
        least = max(floor, best.similarity)
        most = min(longest, int(len(item.words) / least + _ROUNDING)) if least else longest
        lengths = range(max(1, item.least_shared(least)), most + 1)
        near = {
            other
            for word in item.prefix(least)
            for length in lengths
            for other in having.get((word, length), ())
        }
        for other in near:
            found = Similarity(jaccard(item.words, other.words), item.title, other.title)
            if found.similarity >= least:
                best = min(best, found, key=lambda pair: (-pair.similarity, *pair[1:]))
                least = best.similarity or floor
        progress(done)
    return best
