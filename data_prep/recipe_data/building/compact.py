"""Millions of texts, hashes and sets of words in flat arrays, far smaller than as objects."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from heapq import merge

_COUNTERS = 1 << 20
_FEW = 1 << 12
_SLOTS_A_KEY = 8
_ROUNDING = 1e-9


class Texts:
    """Texts by number.

    >>> texts = Texts(["Pea soup", "Crème"])
    >>> texts[1], len(texts)
    ('Crème', 2)
    """

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._bytes = bytearray()
        self._ends = array("Q")
        for text in texts:
            self.append(text)

    def append(self, text: str) -> None:
        """Add a text behind the others."""
        self._bytes += text.encode()
        self._ends.append(len(self._bytes))

    def __len__(self) -> int:
        return len(self._ends)

    def __iter__(self) -> Iterator[str]:
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, number: int) -> str:
        start = self._ends[number - 1] if number else 0
        return self._bytes[start : self._ends[number]].decode()


class WordSets:
    """Sets of words by number, each word a hash of 64 bits.

    >>> sets = WordSets([array("q", [5, 7]), array("q", [5])])
    >>> list(sets[0]), sets.rarest_first(0)
    ([5, 7], [7, 5])
    """

    def __init__(self, sets: Iterable[array[int]] = ()) -> None:
        self._words = array("q")
        self._ends = array("Q")
        self._counts = array("I", bytes(4 * _COUNTERS))
        for words in sets:
            self.append(words)

    def append(self, words: array[int]) -> None:
        """Add a set, without repeated words, behind the others."""
        self._words.extend(words)
        self._ends.append(len(self._words))
        for word in words:
            self._counts[word % _COUNTERS] += 1

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, number: int) -> array[int]:
        return self._words[self._ends[number - 1] if number else 0 : self._ends[number]]

    def rarest_first(self, number: int) -> list[int]:
        """Return the words of a set in one order for all sets: the rarer of all sets first.

        Words whose hashes meet in a counter are counted together, which costs time only.
        """
        counts = self._counts
        return sorted(self[number], key=lambda word: (counts[word % _COUNTERS], word))


def least_shared(count: int, similarity: float) -> int:
    """Return how many words a set of a Jaccard `similarity` or more shares with one of `count`.

    >>> least_shared(10, 0.75)
    8
    """
    return math.ceil(similarity * count - _ROUNDING)


def most_words(count: int, similarity: float) -> int:
    """Return how many words a set of a Jaccard `similarity` or more to one of `count` has at most.

    >>> most_words(8, 0.8)
    10
    """
    return int(count / similarity + _ROUNDING)


def prefix(words: Sequence[int], similarity: float) -> Sequence[int]:
    """Return the words of which a set of this `similarity` or more has one in its own prefix.

    Both sets are in the order of `WordSets.rarest_first`.

    >>> prefix([1, 2, 3, 4], 0.75)
    [1, 2]
    """
    return words[: len(words) - least_shared(len(words), similarity) + 1]


class Hashes:
    """A set of hashes of 64 bits, which takes some 20 bytes for each: most lie sorted in an array.

    >>> hashes = Hashes()
    >>> hashes.add(3), hashes.add(0), hashes.add(3)
    (True, True, False)
    """

    def __init__(self) -> None:
        self._sorted = array("Q")
        self._new: set[int] = set()

    def add(self, value: int) -> bool:
        """Add a hash; tell whether it was not there."""
        at = bisect_left(self._sorted, value)
        if value in self._new or (at < len(self._sorted) and self._sorted[at] == value):
            return False
        self._new.add(value)
        if len(self._new) > _FEW + len(self._sorted) // 8:
            self._sorted = array("Q", merge(self._sorted, sorted(self._new)))
            self._new.clear()
        return True


def agreeing(keys: array[int]) -> Iterator[list[int]]:
    """Yield the positions of equal keys, wherever there are two or more.

    The keys are hashes. A first pass counts them in a table of bytes, so that only the few that
    may have an equal are kept in a dictionary.

    >>> list(agreeing(array("q", [5, 6, 5, 7, 5])))
    [[0, 2, 4]]
    """
    slots = 1 << (_SLOTS_A_KEY * len(keys)).bit_length()
    seen, repeated = bytearray(slots), bytearray(slots)
    for key in keys:
        slot = key % slots
        if seen[slot]:
            repeated[slot] = 1
        seen[slot] = 1
    positions: defaultdict[int, list[int]] = defaultdict(list)
    for position, key in enumerate(keys):
        if repeated[key % slots]:
            positions[key].append(position)
    yield from (alike for alike in positions.values() if len(alike) > 1)
