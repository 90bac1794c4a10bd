"""Chance-corrected agreement: Cohen's and Fleiss' kappa, Krippendorff's alpha.

All have the form 1 − D_o / D_e: observed by expected disagreement. Both come from sums over items,
so a resample of the items is a weighting of them, and many resamples cost one matrix product. Each
function takes `weights` (R × N, how often each of N items is drawn in each of R resamples) and
returns R coefficients; nan where they are undefined, because nothing but one value was used.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int64]
"""Items × raters: indices of values, -1 where missing."""
Floats = NDArray[np.float64]
Level = Literal["nominal", "ordinal", "interval"]


def cohen(one: NDArray[np.int64], two: NDArray[np.int64], cost: Floats, weights: Floats) -> Floats:
    """Cohen's kappa of two raters over the items that both rated; `cost` is K × K.

    1 − Σ c_kl O_kl / Σ c_kl E_kl, O the confusion matrix and E the product of its margins by n.
    Unweighted where the cost is 1 off the diagonal; |v_k − v_l| and (v_k − v_l)² are linear and
    quadratic weights. Source: Cohen 1960 and 1968.

    >>> ratings = np.array([[0, 0], [0, 0], [1, 1], [1, 0]])
    >>> cohen(*ratings.T, nominal_cost(2), np.ones((1, 4)))
    array([0.5])
    """
    both = (one >= 0) & (two >= 0)
    k, weights = len(cost), weights[:, both]
    cells = one[both] * k + two[both]
    table = weights @ np.eye(k * k)[cells]
    observed = table.reshape(-1, k, k)
    expected = observed.sum(2)[:, :, None] * observed.sum(1)[:, None, :]
    n = weights.sum(1)
    return _one_minus((observed * cost).sum((1, 2)) * n, (expected * cost).sum((1, 2)))


def fleiss(codes: Codes, values: int, weights: Floats) -> Floats:
    """Fleiss' kappa of many raters, over the items that all of them rated.

    1 − (1 − P̄) / (1 − Σ p_k²), P̄ the mean share of agreeing pairs of an item, p_k the share of a
    value among all ratings. Source: Fleiss 1971.
    """
    complete = (codes >= 0).all(1)
    counts = _counts(codes[complete], values)
    weights, raters = weights[:, complete], codes.shape[1]
    agreeing = (counts * (counts - 1)).sum(1) / (raters * (raters - 1))
    n = weights.sum(1)
    shares = _divided(weights @ counts, (n * raters)[:, None])
    return _one_minus(n - weights @ agreeing, n * (1 - (shares**2).sum(1)))


def krippendorff(codes: Codes, numbers: Floats, level: Level, weights: Floats) -> Floats:
    """Krippendorff's alpha of any number of raters, with missing ratings.

    1 − (n − 1) Σ o_kl δ²_kl / Σ n_k n_l δ²_kl over the coincidences o of pairable ratings: an item
    with m ratings adds each of its ordered pairs with weight 1 / (m − 1). δ² is 1 (nominal), the
    squared number of ratings between the two (ordinal), or (v_k − v_l)² (interval). `numbers` are
    the values. Source: Krippendorff 2011, Computing Krippendorff's Alpha-Reliability.
    """
    k = len(numbers)
    counts = _counts(codes, k)
    m = counts.sum(1)
    counts, weights, m = counts[m > 1], weights[:, m > 1], m[m > 1]
    pairs = counts[:, :, None] * counts[:, None, :] - np.eye(k) * counts[:, :, None]
    coincidences = (pairs / (m - 1)[:, None, None]).reshape(len(m), k * k)
    observed = (weights @ coincidences).reshape(-1, k, k)
    margins = observed.sum(2)
    distance = _distance(margins, numbers, level)
    expected = margins[:, :, None] * margins[:, None, :]
    scale = margins.sum(1) - 1
    return _one_minus((observed * distance).sum((1, 2)) * scale, (expected * distance).sum((1, 2)))


def nominal_cost(values: int) -> Floats:
    """Return the cost of unweighted kappa: 1 for any difference."""
    return 1 - np.eye(values)


def power_cost(numbers: Floats, power: int) -> Floats:
    """Return the cost of weighted kappa: |v_k − v_l| to a power."""
    result: Floats = np.abs(numbers[:, None] - numbers[None, :]) ** power
    return result


def _distance(margins: Floats, numbers: Floats, level: Level) -> Floats:
    """Return δ² (R × K × K, or what broadcasts to it)."""
    if level == "nominal":
        return nominal_cost(len(numbers))[None]
    if level == "interval":
        return ((numbers[:, None] - numbers[None, :]) ** 2)[None]
    below = margins.cumsum(1) - margins / 2
    between: Floats = below[:, :, None] - below[:, None, :]
    return between**2


def _counts(codes: Codes, values: int) -> Floats:
    """Return items × values: how many raters chose each value."""
    return np.stack([(codes == value).sum(1) for value in range(values)], 1).astype(np.float64)


def _one_minus(observed: Floats, expected: Floats) -> Floats:
    return 1 - _divided(observed, expected)


def _divided(above: Floats, below: Floats) -> Floats:
    """Divide; nan where the divisor is 0, but for rounding."""
    below = np.broadcast_to(below, np.broadcast_shapes(above.shape, below.shape))
    result: Floats = np.full(below.shape, np.nan)
    np.divide(above, below, out=result, where=below > 1e-12)
    return result
