"""Means and what they are worth: standard deviations and bootstrap intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

BOOTSTRAP = "bootstrap:percentile-10000-seed0"
_RESAMPLES = 10_000
_RESAMPLES_AT_ONCE = 500


class Mean(NamedTuple):
    """A mean over recipes."""

    mean: float
    sd: float
    """Standard deviation of a sample (n - 1); 0 for a single value."""
    n: int
    low: float
    """Lower end of the 95 % interval."""
    high: float
    """Upper end of the 95 % interval."""


def mean_of(values: Sequence[float]) -> Mean | None:
    """Return mean, deviation and a percentile bootstrap interval; None of no values.

    The interval holds the middle 95 % of the means of 10,000 resamples of the recipes. The
    resampling is seeded, so the same values always give the same interval.

    >>> mean_of([0.25, 0.25])
    Mean(mean=0.25, sd=0.0, n=2, low=0.25, high=0.25)
    """
    import numpy as np

    if not values:
        return None
    sample = np.asarray(values, dtype=np.float64)
    random = np.random.default_rng(0)
    means = np.concatenate(
        [
            sample[random.integers(len(sample), size=(_RESAMPLES_AT_ONCE, len(sample)))].mean(
                axis=1
            )
            for _ in range(_RESAMPLES // _RESAMPLES_AT_ONCE)
        ]
    )
    low, high = np.percentile(means, [2.5, 97.5])
    return Mean(
        mean=float(sample.mean()),
        sd=float(sample.std(ddof=1)) if len(sample) > 1 else 0.0,
        n=len(sample),
        low=float(low),
        high=float(high),
    )


def mean_difference(ours: dict[str, float | None], theirs: dict[str, float | None]) -> Mean | None:
    """Compare two runs recipe by recipe: mean of ours - theirs where both have a score.

    >>> mean_difference({"a": 1.0, "b": None}, {"a": 0.5, "b": 1.0})
    Mean(mean=0.5, sd=0.0, n=1, low=0.5, high=0.5)
    """
    pairs = ((ours[key], theirs[key]) for key in ours if key in theirs)
    return mean_of([one - other for one, other in pairs if one is not None and other is not None])


def proportion(count: int, n: int) -> tuple[float | None, float | None, float | None]:
    """Return count / n and Wilson's (1927) 95 % interval; three None of nothing.

    >>> share, low, high = proportion(2, 3)
    >>> round(low, 3), round(high, 3)
    (0.208, 0.939)
    """
    from scipy.stats import binomtest

    if not n:
        return None, None, None
    interval = binomtest(count, n).proportion_ci(method="wilson")
    return count / n, float(interval.low), float(interval.high)
