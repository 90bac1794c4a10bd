"""What is left of a benchmark after tuning, what that is worth, and when it is too little."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from recipe_eval.statistics.means import mean_difference
from recipe_eval.statistics.significance import sign_test

WARNING_POINTS = -2.0
FAILURE_POINTS = -5.0
"""Percentage points that are lost: so many, or more, is a warning or a failure."""

Verdict = Literal["kept", "warning", "failure"]
Scores = Mapping[str, float]


class Accuracy(NamedTuple):
    """A mean score of items, from 0 to 1."""

    mean: float
    se: float
    """Standard error: the items' deviation (n − 1) by √n."""


class Change(NamedTuple):
    """Tuned − base, in percentage points."""

    points: float
    se: float
    """Of the paired differences, item by item."""
    low: float
    """Lower end of the 95 % interval."""
    high: float
    """Upper end of the 95 % interval."""

    @property
    def verdict(self) -> Verdict:
        """`failure` from 5 points lost, `warning` from 2, else `kept`.

        >>> [Change(p, 1.0, p - 2, p + 2).verdict for p in (1.0, -1.99, -2.0, -5.0)]
        ['kept', 'kept', 'warning', 'failure']
        """
        points = round(self.points, 9)
        if points <= FAILURE_POINTS:
            return "failure"
        return "warning" if points <= WARNING_POINTS else "kept"

    @property
    def shown(self) -> bool:
        """Whether the interval leaves out that nothing changed."""
        return not self.low <= 0 <= self.high


class Retention(NamedTuple):
    """One benchmark, before and after."""

    name: str
    metric: str
    n: int
    base: Accuracy
    tuned: Accuracy
    change: Change
    lost: int
    """Items on which the tuned model scores less."""
    gained: int
    p: float
    """Two-sided, exact, of `lost` against `gained`: McNemar's test where items are right or not."""
    leaves: dict[str, tuple[int, float, float]]
    """Items, base and tuned mean of each part; empty where there is one."""

    @property
    def percent(self) -> float | None:
        """100 · tuned / base; None where the base knew nothing."""
        return retained(self.base.mean, self.tuned.mean)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values, with what follows from the numbers."""
        fields = {**self._asdict(), "percent": self.percent, "verdict": self.change.verdict}
        for name in ("base", "tuned", "change"):
            fields[name] = getattr(self, name)._asdict()
        return fields


class Overall(NamedTuple):
    """All benchmarks together, each counting the same."""

    base: float
    tuned: float
    change: Change

    @property
    def percent(self) -> float | None:
        """100 · tuned / base; None where the base knew nothing."""
        return retained(self.base, self.tuned)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values, with what follows from the numbers."""
        more = {"percent": self.percent, "verdict": self.change.verdict}
        return {**self._asdict(), "change": self.change._asdict(), **more}


def retained(base: float, tuned: float) -> float | None:
    """Return 100 · tuned / base; None where base is 0.

    >>> retained(0.5, 0.45)
    90.0
    """
    return 100 * tuned / base if base else None


def retention(
    name: str, metric: str, base: Mapping[str, Scores], tuned: Mapping[str, Scores]
) -> Retention:
    """Compare two models on the same items of the same leaves, every item counting the same.

    Raises `ValueError` if the items differ: scores of one benchmark always have the same ones.
    """
    before, after = (_flat(side) for side in (base, tuned))
    if before.keys() != after.keys() or not before:
        raise ValueError(f"{name}: base and tuned were not asked the same items")
    differences = [after[item] - before[item] for item in before]
    lost, gained = sum(d < 0 for d in differences), sum(d > 0 for d in differences)
    paired = mean_difference(dict(after), dict(before))
    assert paired is not None
    change = Change(
        *(100 * value for value in (paired.mean, paired.sd / math.sqrt(paired.n))),
        *(100 * value for value in (paired.low, paired.high)),
    )
    return Retention(
        name=name,
        metric=metric,
        n=len(before),
        base=accuracy(list(before.values())),
        tuned=accuracy(list(after.values())),
        change=change,
        lost=lost,
        gained=gained,
        p=sign_test(lost, gained),
        leaves=_leaves(base, tuned) if len(base) > 1 else {},
    )


def overall(benchmarks: Sequence[Retention]) -> Overall:
    """Average benchmarks; the interval is normal, from the paired errors of independent items."""
    count = len(benchmarks)
    base = sum(one.base.mean for one in benchmarks) / count
    tuned = sum(one.tuned.mean for one in benchmarks) / count
    points = 100 * (tuned - base)
    se = math.hypot(*(one.change.se for one in benchmarks)) / count
    return Overall(base, tuned, Change(points, se, points - 1.96 * se, points + 1.96 * se))


def accuracy(scores: Sequence[float]) -> Accuracy:
    """Return the mean of scores and its standard error.

    >>> accuracy([1.0, 0.0, 1.0, 0.0]).mean
    0.5
    """
    mean, n = sum(scores) / len(scores), len(scores)
    variance = sum((score - mean) ** 2 for score in scores) / (n - 1) if n > 1 else 0.0
    return Accuracy(mean, math.sqrt(variance / n))


def _flat(leaves: Mapping[str, Scores]) -> dict[str, float]:
    return {
        f"{leaf}/{item}": score for leaf, scores in leaves.items() for item, score in scores.items()
    }


def _leaves(
    base: Mapping[str, Scores], tuned: Mapping[str, Scores]
) -> dict[str, tuple[int, float, float]]:
    return {
        leaf: (
            len(scores),
            accuracy(list(scores.values())).mean,
            accuracy(list(tuned[leaf].values())).mean,
        )
        for leaf, scores in base.items()
    }
