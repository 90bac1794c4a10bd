"""Ingredient lines of the demo corpus: how amounts are written, and what they are worth."""

from __future__ import annotations

import re
from collections import Counter
from fractions import Fraction
from random import Random

import pytest
from demo_terms import PLAIN

from recipe_data.demo.knowledge import read_item
from recipe_data.demo.lines import write_line
from recipe_data.demo.style import write_heat
from recipe_data.demo.us_units import CUPS, POUNDS, Portion, equals, volume, weight


@pytest.mark.parametrize(
    ("text", "factor", "written", "quantity", "unit"),
    [
        ("340 g spaghetti", 1.0, "12 oz. spaghetti", 340.2, "g"),
        ("340 g spaghetti", 1.5, "18 oz. spaghetti", 510.3, "g"),
        ("455 g ground beef", 2.0, "2 lb. ground beef", 907.2, "g"),
        ("475 ml milk", 1.0, "2 c. milk", 480.0, "ml"),
        ("30 ml olive oil", 0.5, "1 Tbsp. olive oil", 15.0, "ml"),
        ("2.5 ml paprika", 1.0, "1/2 tsp. paprika", 2.5, "ml"),
        ("300 g (cup) long-grain rice", 1.0, "1 1/2 c. long-grain rice", 285.0, "g"),
        ("1 onion", 0.5, "1/2 onion", 0.5, "unit"),
        ("1 onion", 2.0, "2 onions", 2.0, "unit"),
        ("2 (whole) bay leaf", 0.75, "2 bay leaves", 2.0, "unit"),
        ("8 (slices) white bread", 0.5, "4 slices white bread", 4.0, "unit"),
    ],
)
def test_a_line_is_written_and_valued_exactly(
    text: str, factor: float, written: str, quantity: float, unit: str
) -> None:
    lines = [write_line(read_item("key", text), factor, PLAIN, Random(seed)) for seed in range(40)]
    commonest, count = Counter(line.text for line in lines).most_common(1)[0]
    assert commonest == written
    assert count > 20
    assert {line.quantity for line in lines} == {quantity}
    assert {line.unit for line in lines} == {unit}


def test_packs_state_what_they_weigh() -> None:
    item = read_item("tomatoes", "800 g (can) tomatoes")
    lines = {write_line(item, 1.0, PLAIN, Random(seed)) for seed in range(20)}
    assert {line.text for line in lines} == {
        "1 (28 oz.) can tomatoes",
        "1 (28-ounce) can tomatoes",
    }
    assert {line.quantity for line in lines} == {793.8}


def test_a_range_has_two_ends() -> None:
    line = write_line(read_item("milk", "240 ml milk"), 1.0, PLAIN, Random(1), ranged=True)
    assert (line.quantity, line.quantity_max) == (240.0, 300.0)
    assert re.fullmatch(r"1(?: to | - |-)1 1/4 c\. milk", line.text)


def test_an_amount_equals_itself_in_other_units() -> None:
    half_pound = Portion(Fraction(1, 2), POUNDS)
    assert [str(p.amount) for p in equals(half_pound)] == ["8"]
    for portion in (volume(60), volume(950), weight(225), weight(455), Portion(Fraction(1), CUPS)):
        for same in equals(portion):
            assert same.metric == pytest.approx(portion.metric)


def test_ovens_are_set_in_steps_of_25_fahrenheit() -> None:
    assert write_heat(180, PLAIN) == (176.67, "350°F")
    assert write_heat(200, PLAIN) == (204.44, "400°F")
