"""Pair predicted items with gold items, each at most once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

Predicted = TypeVar("Predicted")
Gold = TypeVar("Gold")


def match(
    predicted: Sequence[Predicted],
    gold: Sequence[Gold],
    agree: Callable[[Predicted, Gold], bool],
) -> dict[int, int]:
    """Return a largest one-to-one matching, as {index predicted: index gold}.

    Kuhn's augmenting paths: items that come earlier keep their partner if they can.

    >>> match([1, 2], [2, 2, 3], lambda p, g: p == g)
    {1: 0}
    >>> match([5, 6], [6, 7], lambda p, g: abs(p - g) <= 1)
    {0: 0, 1: 1}
    """
    candidates = [[g for g, item in enumerate(gold) if agree(p, item)] for p in predicted]
    owner: dict[int, int] = {}

    def place(p: int, tried: set[int]) -> bool:
        for g in candidates[p]:
            if g not in tried:
                tried.add(g)
                if g not in owner or place(owner[g], tried):
                    owner[g] = p
                    return True
        return False

    for p in range(len(predicted)):
        place(p, set())
    return {p: g for g, p in sorted(owner.items(), key=lambda pair: pair[1])}


def paired(predicted: Sequence[Hashable], gold: Sequence[Hashable]) -> list[int]:
    """Return which predicted keys have a partner that is equal: the first of those that are alike.

    The places of `match` by equality, without comparing each with each. An empty key has none.

    >>> paired(["egg", "rice", "egg", ""], ["egg", "salt", ""])
    [0]
    """
    free = dict(Counter(gold))
    places = []
    for place, key in enumerate(predicted):
        if key and free.get(key):
            free[key] -= 1
            places.append(place)
    return places


def in_order(
    predicted: Sequence[Predicted],
    gold: Sequence[Gold],
    agree: Callable[[Predicted, Gold], bool],
) -> int:
    """Return how many items can be paired at most, each once and none crossing another.

    The longest common subsequence, where `agree` says what is common.

    >>> in_order("abcd", "badc", lambda p, g: p == g)
    2
    """
    row = [0] * (len(gold) + 1)
    for one in predicted:
        before = row
        row = [0]
        for i, other in enumerate(gold):
            paired = before[i] + 1 if agree(one, other) else 0
            row.append(max(paired, before[i + 1], row[i]))
    return row[-1]


def within(value: float, low: float, high: float | None, tolerance: float) -> bool:
    """Tell whether a number lies in a range widened by a relative tolerance.

    >>> within(10.9, 10, None, 0.1), within(11.1, 10, None, 0.1), within(13, 10, 12, 0.1)
    (True, False, True)
    """
    slack = 1e-9 * max(abs(low), abs(high or low), 1.0)  # 0.9 × 10 is not quite 9
    return low * (1 - tolerance) - slack <= value <= (high or low) * (1 + tolerance) + slack


def middle(low: float, high: float | None) -> float:
    """Return the middle of a range, or the number itself."""
    return low if high is None else (low + high) / 2
