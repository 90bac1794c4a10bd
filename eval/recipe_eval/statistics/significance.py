"""Tests of a difference between two configurations, and what many tests at once are worth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Values = NDArray[np.float64]


class Moments(NamedTuple):
    """What a publication tells of a sample."""

    mean: float
    sd: float
    """Standard deviation of a sample (n - 1)."""
    n: int


class Test(NamedTuple):
    """A test statistic, its degrees of freedom and its two-sided p."""

    statistic: float
    df: float
    p: float


def moments(values: Values) -> Moments:
    """Return mean, deviation and size of two values or more."""
    return Moments(float(values.mean()), float(values.std(ddof=1)), len(values))


def welch(ours: Moments, theirs: Moments) -> Test:
    """Welch's unequal-variances t of ours - theirs, as published: samples are not paired.

    t = (m₁ - m₂) / sqrt(s₁²/n₁ + s₂²/n₂), df by Welch and Satterthwaite. Where neither sample
    varies, t is 0 or ±inf and p 1 or 0.

    >>> test = welch(Moments(0.5969, 0.1005, 1000), Moments(0.3340, 0.0760, 1000))
    >>> round(test.statistic, 2), round(test.df)
    (65.98, 1860)
    """
    parts = [ours.sd**2 / ours.n, theirs.sd**2 / theirs.n]
    variance = sum(parts)
    if variance == 0:
        return _exact(ours.mean - theirs.mean, ours.n + theirs.n - 2)
    df = variance**2 / sum(
        part**2 / (n - 1) for part, n in zip(parts, (ours.n, theirs.n), strict=True)
    )
    return t_test((ours.mean - theirs.mean) / math.sqrt(variance), df)


def paired_t(differences: Values) -> Test:
    """Student's t of paired differences: mean / (sd / sqrt(n)).

    >>> paired_t(np.array([1.0, 2.0, 3.0])).df
    2.0
    """
    if differences.std() == 0:
        return _exact(float(differences.mean()), len(differences) - 1)
    found = stats.ttest_1samp(differences, 0.0)
    return Test(float(found.statistic), float(found.df), float(found.pvalue))


def wilcoxon(differences: Values) -> float:
    """Return the two-sided p of Wilcoxon's signed-rank test; differences of zero are left out.

    >>> wilcoxon(np.zeros(5))
    1.0
    """
    if not np.any(differences):
        return 1.0
    return float(stats.wilcoxon(differences, zero_method="wilcox").pvalue)


def sign_test(above: int, below: int) -> float:
    """Return the two-sided exact p of so many differences above 0 and below: McNemar's test.

    Zeros are left out. Source: Conover, Practical Nonparametric Statistics, 3rd ed., section 3.4.

    >>> sign_test(0, 0), sign_test(5, 0)
    (1.0, 0.0625)
    """
    return float(stats.binomtest(above, above + below).pvalue) if above + below else 1.0


def cohens_d(ours: Moments, theirs: Moments) -> float:
    """Return (m₁ - m₂) / s, s² the pooled variance; 0.2 is called small, 0.8 large.

    Source: Cohen, Statistical Power Analysis for the Behavioral Sciences, 2nd ed., chapter 2.

    >>> cohens_d(Moments(1.0, 2.0, 10), Moments(0.0, 2.0, 10))
    0.5
    """
    freedom = (ours.n - 1, theirs.n - 1)
    pooled = freedom[0] * ours.sd**2 + freedom[1] * theirs.sd**2
    difference = ours.mean - theirs.mean
    if pooled == 0:
        return math.copysign(math.inf, difference) if difference else 0.0
    return difference / math.sqrt(pooled / sum(freedom))


def holm(p_values: Sequence[float]) -> list[float]:
    """Correct p values for all being looked at together (Holm 1979): the family-wise error holds.

    The k-th smallest of m is multiplied by m - k + 1; a larger p never gets a smaller result.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    corrected = [1.0] * len(p_values)
    largest = 0.0
    for rank, i in enumerate(order):
        largest = max(largest, min(1.0, p_values[i] * (len(p_values) - rank)))
        corrected[i] = largest
    return corrected


def t_test(t: float, df: float) -> Test:
    """Return a t with its two-sided p."""
    return Test(t, df, float(2 * stats.t.sf(abs(t), df)))


def _exact(difference: float, df: int) -> Test:
    """Return the test of a difference that does not vary at all."""
    if difference == 0:
        return Test(0.0, df, 1.0)
    return Test(math.copysign(math.inf, difference), df, 0.0)
