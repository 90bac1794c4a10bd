"""Near-duplicates by MinHash: sets that share most of their members, found at near linear cost.

Two sets agree in one MinHash with a probability equal to their Jaccard similarity s, and in all of
a band with s**_ROWS; only sets that agree in a whole band are compared. With 25 bands of 5, the
share of pairs compared is 99.99 % at s = 0.8, 55 % at 0.5 and 0.8 % at 0.2.
"""

from __future__ import annotations

import hashlib
from array import array
from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import lru_cache

from recipe_data.building.compact import WordSets, agreeing, prefix

NEAR_DUPLICATE = 0.8
"""Jaccard similarity of title words and ingredient names from which two recipes are one dish.

Chosen on 72,468 real recipes: from here on pairs differ by a nut, a spice or an adjective, and the
largest group has 35 recipes; at 0.75 pumpkin and zucchini bread are one and it has 62, at 0.7 a
chain of cookies has 290.
"""
BANDS, _ROWS = 25, 5
_HASHES = BANDS * _ROWS
_CACHED_WORDS = 1 << 16


def jaccard(one: Collection[object], other: Collection[object]) -> float:
    """Return the share of members that two sets have in common; 0 where both are empty.

    >>> jaccard({"pea", "soup", "+peas"}, {"pea", "stew", "+peas"})
    0.5
    """
    mine, others = frozenset(one), frozenset(other)
    return len(mine & others) / (len(mine | others) or 1)


class Groups:
    """Items that are joined, directly or in a chain, belong to one group.

    >>> groups = Groups(3)
    >>> groups.join(0, 2)
    >>> groups.root(2) == groups.root(0), groups.root(1) == groups.root(0)
    (True, False)
    """

    def __init__(self, count: int) -> None:
        self._parents = array("I", range(count))

    def root(self, item: int) -> int:
        """Return the item that stands for the group."""
        parents = self._parents
        while parents[item] != item:
            parents[item] = parents[parents[item]]
            item = parents[item]
        return item

    def join(self, one: int, other: int) -> None:
        """Make one group of two."""
        self._parents[self.root(one)] = self.root(other)


def band_hashes(words: Sequence[str]) -> list[int]:
    """Return a hash of each of the `BANDS` of a set's MinHashes; zeros of an empty set."""
    if not words:
        return [0] * BANDS
    # The smallest hash of each of the independent hash functions, over all words.
    smallest = tuple(map(min, *map(_hashes, words), _hashes(words[0])))
    return [hash(smallest[start : start + _ROWS]) for start in range(0, _HASHES, _ROWS)]


def join_near_duplicates(
    groups: Groups, sets: WordSets, band: array[int], threshold: float = NEAR_DUPLICATE
) -> None:
    """Join the items that agree in a band and have a Jaccard similarity of `threshold` or more.

    `band` holds one of the `band_hashes` of every set. Every pair is confirmed by its exact
    similarity; what remains unjoined after all bands is a pair close to the threshold, with the
    probability above. The order of the items changes nothing.
    """
    for bucket in agreeing(band):
        _join_alike(groups, sets, bucket, threshold)


def _join_alike(groups: Groups, sets: WordSets, bucket: list[int], threshold: float) -> None:
    """Join the items of a bucket, of which only those are compared that share a rare word."""
    distinct: dict[bytes, int] = {}
    for item in bucket:
        if words := sets[item].tobytes():
            groups.join(item, distinct.setdefault(words, item))
    if len({groups.root(item) for item in distinct.values()}) < 2:
        return
    having: defaultdict[int, list[int]] = defaultdict(list)
    for item in distinct.values():
        mine = sets.rarest_first(item)
        rare = prefix(mine, threshold)
        for other in {other for word in rare for other in having[word]}:
            apart = groups.root(item) != groups.root(other)
            if apart and jaccard(mine, sets[other]) >= threshold:
                groups.join(item, other)
        for word in rare:
            having[word].append(item)


@lru_cache(_CACHED_WORDS)
def _hashes(word: str) -> array[int]:
    """Return the word's value under every hash function, the same in every process."""
    return array("I", hashlib.shake_128(word.encode()).digest(4 * _HASHES))
