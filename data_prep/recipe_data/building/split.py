"""Train, validation and test without leaks: recipes that are alike stay on one side."""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Literal, get_args

from recipe_base.errors import TopochefError
from recipe_data.building.compact import Texts, agreeing
from recipe_data.building.keys import MARKS, Keys
from recipe_data.building.near import Groups, join_near_duplicates

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)

HELD_OUT_SHARE = 0.05
"""Share of the rows that goes to validation, and to test."""
MIN_TEST_ROWS = 20
_LARGE_GROUP = 0.125
"""Share of a held-out split above which a group is taken last: few dishes would say little."""
_TITLE, _INGREDIENTS = 0, 1
"""The marks of which equality decides; the others belong to bands."""


def group_alike(keys: Keys, progress: Callable[[int], None] = lambda position: None) -> array[int]:
    """Return the leader of each recipe's group: members are alike, directly or in a chain.

    Most of the words are shared from a Jaccard similarity of `NEAR_DUPLICATE` on. The leader is a
    member with the first title in the alphabet: the name of the group, whatever the order of the
    rows. `progress` hears how many of the `MARKS` are done.
    """
    groups = Groups(len(keys))
    for number in range(MARKS):
        mark = keys.mark(number)
        if number in (_TITLE, _INGREDIENTS):
            for first, *others in agreeing(mark):
                for other in others:
                    groups.join(first, other)
        else:
            join_near_duplicates(groups, keys.words, mark)
        progress(number + 1)
    return _leaders(groups, keys.titles)


def _leaders(groups: Groups, titles: Texts) -> array[int]:
    roots = array("I", map(groups.root, range(len(titles))))
    leaders = array("I", range(len(titles)))
    for item, root in enumerate(roots):
        if item != root and titles[item] < titles[leaders[root]]:
            leaders[root] = item
    return array("I", (leaders[root] for root in roots))


def assign_splits(
    leaders: Sequence[int], titles: Texts, seed: int, test_rows: int | None = None
) -> list[Split]:
    """Assign whole groups to the splits by a hash of their names and `seed`.

    Of every row, `leaders` holds the one whose title names its group. Test receives `test_rows`
    rows (default: a twentieth, at least 20 where there are four times as many), validation a
    twentieth; large groups come last, and one that does not fit goes to train. The result depends
    neither on the order of rows nor on the machine. Raises `TopochefError` where a split would stay
    empty.
    """
    wanted = _wanted(len(leaders), test_rows)
    sizes = group_sizes(leaders)
    groups = [row for row, size in enumerate(sizes) if size]
    large = max(1, round(_LARGE_GROUP * wanted["validation"]))
    chosen = bytearray(len(leaders))
    filled: Counter[str] = Counter()

    def turn(group: int) -> bytes:
        digest = hashlib.sha256(f"{seed}|{titles[group]}".encode()).digest()
        return bytes([sizes[group] > large]) + digest

    for group in sorted(groups, key=turn):
        split = _first_with_room(filled, wanted, sizes[group])
        chosen[group] = SPLITS.index(split)
        filled[split] += sizes[group]
    if empty := [split for split in SPLITS if not filled[split]]:
        raise TopochefError(
            f"{len(leaders)} recipes in {len(groups)} groups leave {' and '.join(empty)} empty: "
            "give a larger source, or choose more dishes"
        )
    return [SPLITS[chosen[leader]] for leader in leaders]


def group_sizes(leaders: Sequence[int]) -> array[int]:
    """Return of every row how many rows it leads: 0 of most.

    >>> list(group_sizes([1, 1, 2]))
    [0, 2, 1]
    """
    sizes = array("I", bytes(4 * len(leaders)))
    for leader in leaders:
        sizes[leader] += 1
    return sizes


def _wanted(total: int, test_rows: int | None) -> dict[str, int]:
    if test_rows and test_rows * 2 > total:
        raise TopochefError(
            f"{total} recipes cannot give {test_rows} test rows: "
            "take at most half of them (--test), or a larger source"
        )
    share = max(1, round(HELD_OUT_SHARE * total))
    return {
        "test": test_rows or max(share, min(MIN_TEST_ROWS, total // 4)),
        "validation": share,
    }


def _first_with_room(filled: Counter[str], wanted: dict[str, int], size: int) -> Split:
    if filled["test"] + size <= wanted["test"]:
        return "test"
    if filled["validation"] + size <= wanted["validation"]:
        return "validation"
    return "train"
