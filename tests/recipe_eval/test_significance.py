"""Tests against published numbers, hand-made ones, scipy, and simulated truth."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from recipe_eval.comparing.seeds import effect
from recipe_eval.statistics.significance import (
    Moments,
    cohens_d,
    holm,
    moments,
    paired_t,
    t_test,
    welch,
    wilcoxon,
)

PUBLISHED = Path(__file__).resolve().parents[2].parent / "shared/reference/paper_tests.csv"
N = 1000


def published() -> list[dict[str, str]]:
    if not PUBLISHED.is_file():
        pytest.skip(f"{PUBLISHED} is not there: the published means and deviations")
    with PUBLISHED.open(encoding="utf-8") as f:
        return list(csv.DictReader(f))


def groups(row: dict[str, str]) -> tuple[Moments, Moments]:
    a, b = (Moments(float(row[f"mean_{g}"]), float(row[f"std_{g}"]), N) for g in "ab")
    return b, a


def test_all_published_t_values_follow_from_means_and_deviations() -> None:
    rows = published()
    assert len(rows) == 32
    for row in rows:
        ours, theirs = groups(row)
        test = welch(ours, theirs)
        # The printed inputs are rounded to 5e-5, and so is every difference of two means.
        slack = 1e-4 / math.sqrt((ours.sd**2 + theirs.sd**2) / N) + 1e-3 * abs(test.statistic)
        assert test.statistic == pytest.approx(float(row["t_b_minus_a"]), abs=slack), row


def test_published_p_values_follow_from_t_and_one_does_not_survive_correction() -> None:
    rows = published()
    p_values = [t_test(float(row["t_b_minus_a"]), welch(*groups(row)).df).p for row in rows]
    for p, row in zip(p_values, rows, strict=True):
        reported = row["p_reported"]
        assert p < 1e-4 if reported == "<0.0001" else p == pytest.approx(float(reported), abs=2e-4)
        assert (p < 0.05) == (row["significant"] == "Yes"), row
    lost = [row for row, p in zip(rows, holm(p_values), strict=True) if p > 0.05]
    assert [r["p_reported"] for r in lost if r["significant"] == "Yes"] == ["0.0179", "0.0492"]


@pytest.fixture
def samples() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    return random.normal(0.5, 0.2, 40), random.normal(0.4, 0.3, 25)


def test_welch_is_scipys(samples: tuple[np.ndarray, np.ndarray]) -> None:
    test, expected = welch(*map(moments, samples)), stats.ttest_ind(*samples, equal_var=False)
    assert test == pytest.approx((expected.statistic, expected.df, expected.pvalue))


def test_the_paired_tests_are_scipys(samples: tuple[np.ndarray, np.ndarray]) -> None:
    ours, theirs = samples[0][:25], samples[1]
    expected = stats.ttest_rel(ours, theirs)
    assert paired_t(ours - theirs) == pytest.approx((expected.statistic, 24, expected.pvalue))
    assert wilcoxon(ours - theirs) == pytest.approx(stats.wilcoxon(ours, theirs).pvalue)


def test_what_does_not_vary_is_certain_or_nothing() -> None:
    same, more = Moments(0.5, 0.0, 10), Moments(0.6, 0.0, 10)
    assert welch(same, same)[::2] == (0.0, 1.0)
    assert welch(more, same)[::2] == (math.inf, 0.0)
    assert cohens_d(same, more) == -math.inf
    assert paired_t(np.full(4, 0.25)).p == 0.0


def test_holm_by_hand() -> None:
    assert holm([0.02, 0.001, 0.02, 0.9]) == pytest.approx([0.06, 0.004, 0.06, 0.9])
    assert holm([]) == []
    assert holm([0.7, 0.6]) == [1.0, 1.0]


def test_one_seed_is_the_paired_t_test() -> None:
    differences = np.array([[0.1, 0.3, -0.1, 0.2]])
    found = effect(differences)
    assert found.test == paired_t(differences[0])
    interval = stats.ttest_1samp(differences[0], 0).confidence_interval()
    assert (found.low, found.high) == pytest.approx(tuple(interval))
    assert found.seed_sd is None


def test_two_seeds_by_hand() -> None:
    # Means: seeds 1 and 3, titles 1 and 3, all 2; the rest is ±0.5 at every place.
    found = effect(np.array([[0.5, 1.5], [1.5, 4.5]]))
    assert found.mean == 2
    # MS of seeds 4, of titles 4, of the rest 1: variance (4 + 4 - 1) / 4.
    assert found.test.statistic == pytest.approx(2 / math.sqrt(7 / 4))
    assert found.test.df == pytest.approx(49 / (16 + 16 + 1))
    assert found.seed_sd == pytest.approx(math.sqrt(3 / 2))


@pytest.mark.heavy
def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    random = np.random.default_rng(1)
    hits = zero = trials = 0
    for _ in range(2000):
        seeds, titles = random.normal(0, 0.02, (5, 1)), random.normal(0, 0.2, (1, 60))
        found = effect(0.03 + seeds + titles + random.normal(0, 0.1, (5, 60)))
        hits += found.low <= 0.03 <= found.high
        zero += effect(seeds + titles + random.normal(0, 0.1, (5, 60))).test.p < 0.05
        trials += 1
    assert 0.93 < hits / trials < 0.98
    assert zero / trials < 0.07


@pytest.mark.heavy
def test_a_corrected_p_of_few_seeds_is_no_optimist() -> None:
    # Seeds differ by as much as the mean over titles does: five cannot tell whether they do at all.
    random = np.random.default_rng(3)
    noise = random.normal(0, 0.1, (8000, 5, 60))
    noise += random.normal(0, 0.1 / math.sqrt(60), (8000, 5, 1))
    found = sum(effect(differences).test.p < 0.05 / 19 for differences in noise)
    assert found / len(noise) < 2 * 0.05 / 19


def test_seeds_that_differ_widen_the_interval() -> None:
    random = np.random.default_rng(2)
    noise = random.normal(0, 0.1, (5, 200))
    steady, moody = effect(noise), effect(noise + np.array([[-0.2], [-0.1], [0], [0.1], [0.2]]))
    assert moody.high - moody.low > 5 * (steady.high - steady.low)
    assert moody.seed_sd == pytest.approx(0.158, abs=0.02)


@pytest.mark.heavy
def test_the_detectable_difference_is_found_four_times_in_five() -> None:
    random = np.random.default_rng(4)
    detectable = np.mean([effect(random.normal(0, 0.2, (1, 100))).detectable for _ in range(200)])
    found = [
        effect(detectable + random.normal(0, 0.2, (1, 100))).test.p < 0.05 for _ in range(2000)
    ]
    assert np.mean(found) == pytest.approx(0.8, abs=0.03)
