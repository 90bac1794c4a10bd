"""How far people agree in each criterion: coefficients with intervals, and a warning."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import combinations
from typing import NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from recipe_judges.coefficients import (
    Level,
    cohen,
    fleiss,
    krippendorff,
    nominal_cost,
    power_cost,
)
from recipe_judges.ratings import Ratings

ENOUGH = 0.6
"""Below it, agreement is too weak to build on."""
BOOTSTRAP = "percentile bootstrap over items, 2000 resamples, seed 0"
_RESAMPLES = 2000

Floats = NDArray[np.float64]


class Coefficient(NamedTuple):
    """One measure of agreement."""

    name: str
    """`Krippendorff's alpha, ordinal`, `Cohen's kappa`, …"""
    raters: str
    """`all`, or two names."""
    items: int
    """With two ratings or more; for Fleiss' kappa with all."""
    value: float | None
    """1 is full agreement, 0 chance; None where only one value was ever given."""
    low: float | None
    """Lower end of the 95 % interval."""
    high: float | None
    judged: bool
    """Whether it is of the kind that fits the ratings, so that a low one is a warning."""

    @property
    def weak(self) -> bool:
        """Whether it is judged and below `ENOUGH`."""
        return self.judged and self.value is not None and self.value < ENOUGH


class Agreement(NamedTuple):
    """What is known of one criterion."""

    criterion: str
    items: int
    raters: int
    coefficients: list[Coefficient]


def agreement(ratings: Ratings) -> Agreement:
    """Measure the agreement of all raters, and of every two of them, in one criterion.

    Numbers are taken as ordered: alpha for ordinal data and quadratically weighted kappa are
    judged; the others are shown beside them. Words are nominal.
    """
    items, raters = ratings.codes.shape
    weights = _resamples(items)
    found = [*_all_raters(ratings, weights), *_pairs(ratings, weights)]
    return Agreement(ratings.criterion, items, raters, found)


def _all_raters(ratings: Ratings, weights: Floats) -> Iterator[Coefficient]:
    codes, numbers = ratings.codes, ratings.numbers
    rated = (codes >= 0).sum(1)
    pairable, complete = int((rated > 1).sum()), int((rated == codes.shape[1]).sum())
    measured: tuple[Level, ...] = get_args(Level) if numbers is not None else ("nominal",)
    known = np.arange(len(ratings.values), dtype=np.float64) if numbers is None else numbers
    for level in measured:
        alpha = partial(krippendorff, codes, known, level)
        fits = level == ("nominal" if numbers is None else "ordinal")
        name = f"Krippendorff's alpha, {level}"
        yield _coefficient(name, "all", pairable, alpha, weights, judged=fits)
    kappa = partial(fleiss, codes, len(ratings.values))
    yield _coefficient("Fleiss' kappa", "all", complete, kappa, weights, judged=numbers is None)


def _pairs(ratings: Ratings, weights: Floats) -> Iterator[Coefficient]:
    costs = {"Cohen's kappa": nominal_cost(len(ratings.values))}
    if (numbers := ratings.numbers) is not None:
        costs["Cohen's kappa, linear weights"] = power_cost(numbers, 1)
        costs["Cohen's kappa, quadratic weights"] = power_cost(numbers, 2)
    fitting = list(costs)[-1]
    for i, j in combinations(range(len(ratings.raters)), 2):
        one, two = ratings.codes[:, i], ratings.codes[:, j]
        count = int(((one >= 0) & (two >= 0)).sum())
        names = f"{ratings.raters[i]}, {ratings.raters[j]}"
        for name, cost in costs.items():
            kappa = partial(cohen, one, two, cost)
            yield _coefficient(name, names, count, kappa, weights, judged=name == fitting)


def _coefficient(
    name: str,
    raters: str,
    items: int,
    measure: Callable[[Floats], Floats],
    weights: Floats,
    *,
    judged: bool,
) -> Coefficient:
    """Measure all items, then the resamples, but for those that drew one value alone."""
    value = float(measure(np.ones((1, weights.shape[1])))[0])
    if np.isnan(value):
        return Coefficient(name, raters, items, None, None, None, judged)
    drawn = measure(weights)
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return Coefficient(name, raters, items, value, float(low), float(high), judged)


def _resamples(items: int) -> Floats:
    random = np.random.default_rng(0)
    drawn = random.multinomial(items, np.full(items, 1 / items), size=_RESAMPLES)
    return drawn.astype(np.float64)
