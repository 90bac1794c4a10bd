"""Ingredient lines as people type them: one table a kind of writing."""

from __future__ import annotations

from typing import Any

import pytest

from recipe_data.headings import in_capitals, is_section_header
from recipe_data.ingredients import parse_ingredient

Case = tuple[str, float | None, float | None, str | None, str]


def read(line: str) -> tuple[float | None, float | None, str | None, str]:
    parsed = parse_ingredient(line)
    return parsed.quantity, parsed.quantity_max, parsed.unit, parsed.name


def wanted(case: Case) -> tuple[Any, ...]:
    _, low, *others = case
    return (pytest.approx(low, rel=0.005) if low is not None else None, *others)


@pytest.mark.parametrize(
    "case",
    [
        ("2 lg. leeks", 2, None, "unit", "leeks"),
        ("3 md turnips, cubed", 3, None, "unit", "turnips"),
        ("1 sm bulb fennel", 1, None, "unit", "fennel"),
        ("1 btl. cider", 1, None, "unit", "cider"),
        ("1 (500 ml) ctn. buttermilk", 500, None, "ml", "buttermilk"),
        ("2 doz. mussels", 24, None, "unit", "mussels"),
        ("4 ea. figs", 4, None, "unit", "figs"),
        ("3 tspn cumin", 15, None, "ml", "cumin"),
        ("2 tbspns olive oil", 30, None, "ml", "olive oil"),
        ("2 teas. paprika", 10, None, "ml", "paprika"),
        ("3# brisket", 1361, None, "g", "brisket"),
        ("1 #10 can pumpkin", 1, None, "unit", "pumpkin"),
        ("2 UK pints ale", 1137, None, "ml", "ale"),
        ("1 gill cream", 142.1, None, "ml", "cream"),
    ],
)
def test_abbreviations(case: Case) -> None:
    assert read(case[0]) == wanted(case)


@pytest.mark.parametrize(
    "case",
    [
        ("1/4th cup maple syrup", 60, None, "ml", "maple syrup"),
        ("0.33333334326744 cup maple syrup", 80, None, "ml", "maple syrup"),
        ("1+1/4 cups broth", 300, None, "ml", "broth"),
        ("2.1/2 cups broth", 600, None, "ml", "broth"),
        ("31/2 cups broth", 840, None, "ml", "broth"),
        ("two and a half cups broth", 600, None, "ml", "broth"),
        ("two-thirds of a cup broth", 160, None, "ml", "broth"),
        ("a quarter-cup broth", 60, None, "ml", "broth"),
        ("half-dozen quail eggs", 6, None, "unit", "quail eggs"),
        ("a cup of broth", 240, None, "ml", "broth"),
        ("a cup and a half of broth", 360, None, "ml", "broth"),
        ("Three (3) figs", 3, None, "unit", "figs"),
        ("between 3 and 4 cups broth", 720, 960, "ml", "broth"),
        ("¼ to ½ of a cup broth", 60, 120, "ml", "broth"),
        ("6~8 figs", 6, 8, "unit", "figs"),
    ],
)
def test_numbers(case: Case) -> None:
    assert read(case[0]) == wanted(case)


@pytest.mark.parametrize(
    "case",
    [
        ("1 cup minus 1 tbsp broth", 225, None, "ml", "broth"),
        ("1 quart less 1 cup broth", 706.4, None, "ml", "broth"),
        ("1 cup + 1/2 cup broth", 360, None, "ml", "broth"),
        ("1 tbsp plus 1 cup broth", 255, None, "ml", "broth"),
        ("2 sticks plus 1 tablespoon butter", 241, None, "g", "butter"),
        ("margarine, 2 sticks", 226.8, None, "g", "margarine"),
        ("3 sticks rhubarb", 3, None, "unit", "rhubarb"),
        ("1 very small or 1/2 large swede", 1, None, "unit", "swede"),
    ],
)
def test_sums_and_alternatives(case: Case) -> None:
    assert read(case[0]) == wanted(case)


@pytest.mark.parametrize(
    "case",
    [
        ("Figs x 4", 4, None, "unit", "Figs"),
        ("Stock cube (10 g) x3", 30, None, "g", "Stock cube"),
        ("Turnips (3 small), peeled", 3, None, "unit", "Turnips"),
        ("Thyme (2 sprigs)", 2, None, "unit", "Thyme"),
        ("[x] 3 figs", 3, None, "unit", "figs"),
        ("☑ 3 figs", 3, None, "unit", "figs"),
        ("🍋 2 limes", 2, None, "unit", "limes"),
        ("4) 3 figs", 3, None, "unit", "figs"),
        ("7. 2 cups broth", 480, None, "ml", "broth"),
        ("**3** figs", 3, None, "unit", "figs"),
        ("For the tin lard", None, None, None, "lard"),
    ],
)
def test_what_stands_in_front_or_behind(case: Case) -> None:
    assert read(case[0]) == wanted(case)


@pytest.mark.parametrize(
    "case",
    [
        ("half & half", None, None, None, "half & half"),
        ("2 cups half and half", 480, None, "ml", "half and half"),
        ("Five-spice powder", None, None, None, "Five-spice powder"),
        ("3 cups 7UP", 720, None, "ml", "7UP"),
        ("7-Up, 2 cups", 480, None, "ml", "7-Up"),
        ("000 flour, 1 kg", 1000, None, "g", "000 flour"),
        ("9-grain bread, 2 slices", 2, None, "unit", "9-grain bread"),
        ("1000 island dressing", None, None, None, "1000 island dressing"),
        ("1 cup drinkable hot chocolate", 240, None, "ml", "drinkable hot chocolate"),
    ],
)
def test_numbers_in_names_are_no_amounts(case: Case) -> None:
    assert read(case[0]) == wanted(case)


@pytest.mark.parametrize(
    "case",
    [
        ("- 2 figs", 2, None, "unit", "figs"),
        ("-2 figs", 2, None, "unit", "figs"),
        ("c) 2 figs", 2, None, "unit", "figs"),
        ("_3_ figs", 3, None, "unit", "figs"),
        ("3 fig(s)", 3, None, "unit", "figs"),
        ("3 nos. figs", 3, None, "unit", "figs"),
        ("9 no boil lasagne sheets", 9, None, "unit", "no boil lasagne sheets"),
        ("3 figs [2]", 3, None, "unit", "figs"),
        ("2 cups broth³", 480, None, "ml", "broth"),
        ("2 cups broth, £1.10", 480, None, "ml", "broth"),
        ("2 cups [broth](https://example.org/broth)", 480, None, "ml", "broth"),
        ("(optional) 3 figs", 3, None, "unit", "figs"),
    ],
)
def test_marks_are_no_words(case: Case) -> None:
    assert read(case[0]) == wanted(case)


@pytest.mark.parametrize(
    "case",
    [
        ("Figs 3 large, halved", 3, None, "unit", "Figs"),
        ("Leeks: three", 3, None, "unit", "Leeks"),
        ("Figs, two", 2, None, "unit", "Figs"),
        ("Lard = 80 g", 80, None, "g", "Lard"),
        ("Lard | 80 g", 80, None, "g", "Lard"),
        ("Lard ..... 80 g", 80, None, "g", "Lard"),
        ("Cider (dry) 2 cups", 480, None, "ml", "Cider"),
        ("Broth (2 x 300ml cartons)", 600, None, "ml", "Broth"),
        ("Broth 300ml carton x 2", 600, None, "ml", "Broth"),
        ("Broth 1 carton (300 ml)", 300, None, "ml", "Broth"),
        ("1.5% kefir, 300 ml", 300, None, "ml", "1.5% kefir"),
        ("Sauce No 7", None, None, None, "Sauce No 7"),
        ("Pinch of saffron, soaked in 2 tbsp broth", None, None, None, "saffron"),
    ],
)
def test_amounts_behind_the_name(case: Case) -> None:
    assert read(case[0]) == wanted(case)


@pytest.mark.parametrize(
    "case",
    [
        ("3 / 4 cup broth", 180, None, "ml", "broth"),
        ("2 1/ 4 cups broth", 540, None, "ml", "broth"),
        ("2-and-a-half cups broth", 600, None, "ml", "broth"),
        ("three hundred and fifty grams lard", 350, None, "g", "lard"),
        ("3 quarters of a cup broth", 180, None, "ml", "broth"),
        ("2 pounds, 6 ounces brisket", 1077, None, "g", "brisket"),
        ("2 cups (less 2 tbsp) broth", 450, None, "ml", "broth"),
        ("2 cups broth minus 1 tbsp", 465, None, "ml", "broth"),
        ("half a stick of butter", 56.7, None, "g", "butter"),
        ("a stick of margarine", 113.4, None, "g", "margarine"),
        ("1-15oz can pumpkin", 425.2, None, "g", "pumpkin"),
        ("1-2 oz can anchovies", 28.35, 56.7, "g", "anchovies"),
        ("4 x 15 ml tablespoons cider", 60, None, "ml", "cider"),
        ("3 9-inch pie crusts", 3, None, "unit", "pie crusts"),
        ('2" piece galangal', 1, None, "unit", "galangal"),
        ("half of a 14 oz can broth", 198.5, None, "g", "broth"),
        ("2 tabelspoons cider", 30, None, "ml", "cider"),
        ("1 metric cup cider", 250, None, "ml", "cider"),
    ],
)
def test_amounts_in_other_words(case: Case) -> None:
    assert read(case[0]) == wanted(case)


@pytest.mark.parametrize(
    ("line", "low", "unit"),
    [
        ("1 cup duck or vegetable stock", 240, "ml"),
        ("1 cup pear or grape juice", 240, "ml"),
        ("1 cup butter or olive oil", 227, "g"),
        ("1 cup brown or green lentils", 192, "g"),
        ("1 cup tomatoes or tomato sauce", 180, "g"),
        ("1 cup cream of coconut", 240, "ml"),
    ],
)
def test_the_first_alternative_is_weighed(line: str, low: float, unit: str) -> None:
    assert read(line)[0] == pytest.approx(low, rel=0.005)
    assert read(line)[2] == unit


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("1 cup broth, wine or cider", "broth, wine or cider"),
        ("2 cups cooked or tinned lentils", "cooked or tinned lentils"),
        ("1 tbsp lard or melted butter", "lard or melted butter"),
        ("2 tbsp medium dry sherry", "medium dry sherry"),
        ("1 cup whole or 2% yogurt", "whole or 2% yogurt"),
        ("3 limes, zest and juice", "limes"),
        ("2 whole cloves, crushed", "whole cloves"),
        ("1 bulb (red onion)", "red onion"),
        ("3 plump bulbs garlic", "garlic"),
        ("a drizzle of walnut oil", "walnut oil"),
        ("200 g lard at room temperature", "lard"),
        ("2 tbsp lard, and extra for greasing", "lard"),
        ("1 cup oil (or lard)", "oil or lard"),
    ],
)
def test_names(line: str, name: str) -> None:
    assert parse_ingredient(line).name == name


@pytest.mark.parametrize(
    ("line", "heading"),
    [
        ("Glaze", True),
        ("Crumb Topping", True),
        ("For dressing", True),
        ("For the pie crust", True),
        ("Whipped topping", False),
        ("Hot sauce", False),
        ("For frying", False),
        ("For the pan lard", False),
    ],
)
def test_headings_without_a_colon(line: str, heading: bool) -> None:
    assert is_section_header(line) is heading


def test_capitals_are_headings_where_one_of_them_names_no_food() -> None:
    amounts = ["2 figs", "1 cup broth", "1 egg", "1 lime"]
    assert in_capitals([*amounts, "LARD", "PEPPER"]) == frozenset()
    assert in_capitals([*amounts, "GLAZE", "PORK"]) == {"GLAZE", "PORK"}
