from __future__ import annotations

import numpy as np
import pytest

from recipe_eval.statistics.means import mean_difference, mean_of


def test_no_values_have_no_mean() -> None:
    assert mean_of([]) is None
    assert mean_difference({"a": None}, {"a": 1.0}) is None


def test_one_value_is_its_own_interval() -> None:
    mean = mean_of([0.3])
    assert mean is not None
    assert (mean.low, mean.mean, mean.high, mean.sd, mean.n) == (0.3, 0.3, 0.3, 0.0, 1)


def test_the_interval_is_that_of_the_mean_of_a_large_sample() -> None:
    values = np.random.default_rng(3).normal(0.5, 0.2, size=400)
    mean = mean_of(list(values))
    assert mean is not None
    half = 1.96 * values.std(ddof=1) / 20
    assert mean.sd == pytest.approx(values.std(ddof=1))
    assert mean.low == pytest.approx(values.mean() - half, abs=0.002)
    assert mean.high == pytest.approx(values.mean() + half, abs=0.002)


def test_the_same_values_give_the_same_interval() -> None:
    values = [0.1, 0.7, 0.4, 0.9]
    assert mean_of(values) == mean_of(values)


def test_a_paired_difference_is_narrower_than_the_spread_of_the_recipes() -> None:
    base = {str(i): i / 100 for i in range(100)}
    better = {key: value + 0.02 for key, value in base.items()}
    difference = mean_difference(better, base)
    assert difference is not None
    assert difference.n == 100
    assert difference.low == pytest.approx(0.02)
    assert difference.high == pytest.approx(0.02)


def test_only_recipes_with_both_scores_are_compared() -> None:
    difference = mean_difference({"a": 1.0, "b": 0.5, "c": None}, {"a": 0.0, "c": 1.0})
    assert difference is not None
    assert (difference.mean, difference.n) == (1.0, 1)
