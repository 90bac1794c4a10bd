"""Numbers and measures."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipe_data.language.amounts import equal_measures, metric_choice, scan_measure
from recipe_data.language.numbers import NUMBER, QUANTITY, parse_number, read_range, spell_fractions


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("1", 1, None),
        ("1 1/2", 1.5, None),
        ("1-1/2", 1.5, None),
        ("1 and 1/2", 1.5, None),
        ("2-3", 2, 3),
        ("2 - 3", 2, 3),
        ("2 to 3", 2, 3),
        ("2 or 3", 2, 3),
        ("1-1/4 to 1-1/2", 1.25, 1.5),
        ("2-2 1/2", 2, 2.5),
        ("1/2-3/4", 0.5, 0.75),
        ("14- to 18", 14, 18),
        ("two", 2, None),
        ("Twenty-five", 25, None),
        ("half", 0.5, None),
        ("1,000", 1000, None),
        ("1,5", 1.5, None),
        (".5", 0.5, None),
        ("3-2", 3, None),
        ("1/0", 0, None),
    ],
)
def test_quantities(text: str, low: float, high: float | None) -> None:
    match = re.fullmatch(QUANTITY, text, re.IGNORECASE)
    assert match is not None
    assert read_range(match) == (low, high)


@given(st.integers(0, 99), st.integers(1, 8), st.integers(2, 9))
def test_mixed_fractions(whole: int, numerator: int, denominator: int) -> None:
    text = f"{whole} {numerator}/{denominator}"
    assert re.fullmatch(NUMBER, text)
    assert parse_number(text) == pytest.approx(whole + numerator / denominator)


def test_vulgar_fractions_are_spelt_apart_from_the_whole() -> None:
    assert spell_fractions("1½-2¾ cups, ⅓") == "1 1/2-2 3/4 cups, 1/3"


@pytest.mark.parametrize(
    ("text", "low", "high", "dimension"),
    [
        ("200g", 200, None, "g"),
        ("1 lb 5 oz plums", 595.35, None, "g"),
        ("1 cup plus 2 tablespoons", 270, None, "ml"),
        ("3 tablespoons and 1 teaspoon", 50, None, "ml"),
        ("1kg–1.3kg chicken", 1000, 1300, "g"),
        ("1 1/2 teaspoons to 1 tablespoon", 7.5, 15, "ml"),
        ("2 heaping Tbsp. cocoa", 30, None, "ml"),
        ("1/2 loosely packed cup mint", 120, None, "ml"),
        ("half a cup", 120, None, "ml"),
        ("28-ounce", 793.8, None, "g"),
    ],
)
def test_measures(text: str, low: float, high: float | None, dimension: str) -> None:
    found = scan_measure(text)
    assert found is not None
    measure = found[0]
    assert measure.dimension == dimension
    assert measure.low == pytest.approx(low)
    assert measure.high == (pytest.approx(high) if high else None)


def test_measures_of_two_kinds_are_not_added() -> None:
    found = scan_measure("1 cup and 200 g")
    assert found is not None
    assert found[0].low == 240


@pytest.mark.parametrize(
    ("text", "grams_or_ml"),
    [
        ("14g/1/2oz", 14),
        ("8 ounces / 230 g", 230),
        ("1 cup (240 ml)", 240),
        ("1 lb 5 oz (600g)", 600),
        ("4 cups (1 1/2 lbs/750 g/1l)", 750),
    ],
)
def test_the_metric_alternative_is_chosen(text: str, grams_or_ml: float) -> None:
    measures, end = equal_measures(text)
    assert metric_choice(measures).low == grams_or_ml
    assert end == len(text)
