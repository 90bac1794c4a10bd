"""Agreement coefficients against published examples and scikit-learn; ratings in and out."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from recipe_base.errors import TopochefError
from recipe_eval.cli import main
from recipe_judges.agree_table import warnings
from recipe_judges.agreement import agreement
from recipe_judges.coefficients import (
    Level,
    cohen,
    fleiss,
    krippendorff,
    nominal_cost,
    power_cost,
)
from recipe_judges.ratings import COLUMNS, read_ratings

# Krippendorff 2011, Computing Krippendorff's Alpha-Reliability: four observers, twelve units.
OBSERVERS = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")
# Fleiss 1971, Measuring nominal scale agreement among many raters: 30 patients, 6 raters.
PATIENTS = (
    "00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 10050 11040 03300 10050 02031 "
    "00501 30012 51000 02040 10203 00006 01050 02013 20040 10041 05010 40002 02040 10500 00006"
)
# The example by which Fleiss' kappa is usually taught: 10 items, 14 raters.
TAUGHT = (
    (0, 0, 0, 0, 14), (0, 2, 6, 4, 2), (0, 0, 3, 5, 6), (0, 3, 9, 2, 0), (2, 2, 8, 1, 1),
    (7, 7, 0, 0, 0), (3, 2, 6, 3, 0), (2, 5, 3, 2, 2), (6, 5, 2, 1, 0), (0, 2, 2, 3, 7),
)  # fmt: skip


def once(items: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.ones((1, items))


def spread(counts: Sequence[int]) -> list[int]:
    """Turn how often each value was chosen into ratings."""
    return [value for value, count in enumerate(counts) for _ in range(count)]


@pytest.mark.parametrize(
    ("level", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_alpha_of_the_published_example(level: Level, published: float) -> None:
    codes = np.array([[-1 if c == "." else int(c) - 1 for c in row] for row in OBSERVERS]).T
    numbers = np.arange(1.0, 6.0)
    assert krippendorff(codes, numbers, level, once(12))[0] == pytest.approx(published, abs=5e-4)


@pytest.mark.parametrize(
    ("counts", "published"),
    [([tuple(map(int, row)) for row in PATIENTS.split()], 0.430), (TAUGHT, 0.210)],
    ids=["psychiatric diagnoses", "taught"],
)
def test_fleiss_kappa_of_published_examples(
    counts: Sequence[Sequence[int]], published: float
) -> None:
    codes = np.array([spread(row) for row in counts])
    assert fleiss(codes, 5, once(len(codes)))[0] == pytest.approx(published, abs=5e-4)


def test_cohens_kappa_by_hand() -> None:
    pairs = [(0, 0)] * 20 + [(0, 1)] * 5 + [(1, 0)] * 10 + [(1, 1)] * 15
    one, two = np.array(pairs).T
    # observed 0.7, by chance 0.5 × 0.6 + 0.5 × 0.4
    assert cohen(one, two, nominal_cost(2), once(50))[0] == pytest.approx(0.4)


@pytest.mark.parametrize("weighting", [None, "linear", "quadratic"])
def test_cohens_kappa_is_that_of_scikit_learn(
    weighting: Literal["linear", "quadratic"] | None,
) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    random = np.random.default_rng(3)
    one = random.integers(5, size=80)
    two = np.clip(one + random.integers(-1, 2, size=80), 0, 4)
    numbers = np.arange(5.0)
    power = {"linear": 1, "quadratic": 2}
    cost = power_cost(numbers, power[weighting]) if weighting else nominal_cost(5)
    theirs = metrics.cohen_kappa_score(one, two, weights=weighting, labels=range(5))
    assert cohen(one, two, cost, once(80))[0] == pytest.approx(theirs)


def test_a_resample_is_its_items_repeated() -> None:
    random = np.random.default_rng(1)
    codes = random.integers(-1, 3, size=(30, 3))
    drawn = random.integers(30, size=(4, 30))
    weights = np.stack([np.bincount(row, minlength=30) for row in drawn]).astype(float)
    numbers = np.array([1.0, 2.0, 5.0])

    def each(measure: Callable[..., Any]) -> None:
        expected = [measure(codes[row], once(30))[0] for row in drawn]
        assert measure(codes, weights) == pytest.approx(expected)

    each(lambda c, w: cohen(c[:, 0], c[:, 1], power_cost(numbers, 2), w))
    each(lambda c, w: fleiss(c, 3, w))
    for level in ("nominal", "ordinal", "interval"):
        each(lambda c, w, level=level: krippendorff(c, numbers, level, w))


def test_agreement_is_one_and_chance_is_none() -> None:
    same = np.array([[0, 0, 0], [1, 1, 1], [2, 2, 2]])
    alike = np.zeros((3, 3), dtype=np.int64)
    numbers = np.arange(3.0)
    for codes, value in ((same, 1.0), (alike, np.nan)):
        found = [
            cohen(codes[:, 0], codes[:, 1], nominal_cost(3), once(3))[0],
            fleiss(codes, 3, once(3))[0],
            krippendorff(codes, numbers, "ordinal", once(3))[0],
        ]
        assert found == pytest.approx([value] * 3, nan_ok=True)


@pytest.fixture
def rated(tmp_path: Path) -> Callable[..., Path]:
    """Write a CSV file of ratings."""

    def write(
        rows: Sequence[Sequence[str]], name: str = "ratings.csv", header: Any = COLUMNS
    ) -> Path:
        with (tmp_path / name).open("w", newline="", encoding="utf-8") as f:
            csv.writer(f).writerows([header, *rows])
        return tmp_path / name

    return write


def test_words_are_nominal_and_weak_agreement_is_a_warning(
    rated: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        (f"item-{i}", rater, "cookable", "Pass" if (i + shift) % 4 else "fail")
        for i in range(12)
        for rater, shift in (("ann", 0), ("bo", 0), ("cy", 1))
    ]
    path = rated([*rows, ("item-99", "ann", "cookable", "")])
    assert main(["agree", str(path)]) == 0
    out = capsys.readouterr().out
    (found,) = [agreement(one) for one in read_ratings([path])]
    by_pair = {c.raters: c for c in found.coefficients if c.name == "Cohen's kappa"}
    assert by_pair["ann, bo"].value == 1.0
    assert by_pair["ann, cy"].value == pytest.approx(1 - 0.5 / 0.375)
    assert {c.name for c in found.coefficients} == {
        "Krippendorff's alpha, nominal", "Fleiss' kappa", "Cohen's kappa"
    }  # fmt: skip
    weak = [line.split(" is ")[0] for line in warnings([found])]
    assert "warning: cookable: Cohen's kappa (ann, cy)" in weak
    assert "warning: cookable: Cohen's kappa (ann, bo)" not in weak
    assert "below 0.6" in out
    for one in found.coefficients:
        assert one.value is not None
        assert one.low is not None
        assert one.high is not None
        assert one.low <= one.value <= one.high


def test_numbers_are_ordered_and_judged_by_their_distance(rated: Callable[..., Path]) -> None:
    near = [(f"i{i}", rater, "taste", value) for i, pair in enumerate(
        [("1", "2"), ("2.0", "2"), ("3", "4"), ("4", "4"), ("5", "5"), ("10", "9")]
    ) for rater, value in zip(("ann", "bo"), pair, strict=True)]  # fmt: skip
    (ratings,) = read_ratings([rated(near)])
    assert ratings.values == ("1", "2", "3", "4", "5", "9", "10")
    found = {c.name: c for c in agreement(ratings).coefficients}
    judged = {name for name, c in found.items() if c.judged}
    assert judged == {"Krippendorff's alpha, ordinal", "Cohen's kappa, quadratic weights"}
    plain = found["Cohen's kappa"].value
    quadratic = found["Cohen's kappa, quadratic weights"].value
    assert plain is not None
    assert quadratic is not None
    assert plain < 0.6 < 0.9 < quadratic


def test_one_and_the_same_rating_is_undefined_and_said(rated: Callable[..., Path]) -> None:
    rows = [(f"i{i}", rater, "cookable", "pass") for i in range(3) for rater in "ab"]
    found = [agreement(one) for one in read_ratings([rated(rows)])]
    assert all(c.value is None for c in found[0].coefficients)
    assert len(warnings(found)) == 3
    assert "undefined: all gave one and the same rating" in warnings(found)[0]


@pytest.mark.parametrize(
    ("rows", "header", "message"),
    [
        ([("i", "a", "c", "pass")], COLUMNS, "c was rated by a alone"),
        ([("i", "a", "c", "")], COLUMNS, "no row holds a rating"),
        ([("i", "a", "c", "1"), ("i", "a", "c", "2")], COLUMNS, "row 3: a has rated i by c twice"),
        ([("", "a", "c", "1")], COLUMNS, "row 2: a rating without item"),
        ([("i", "a", "1")], ("item", "rater", "rating"), "has no column criterion"),
        ([], COLUMNS, "has no column item"),
    ],
)
def test_ratings_that_cannot_be_read_are_named(
    rated: Callable[..., Path], rows: list[tuple[str, ...]], header: tuple[str, ...], message: str
) -> None:
    with pytest.raises(TopochefError, match=message):
        read_ratings([rated(rows, header=header)])
