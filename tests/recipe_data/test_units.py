"""Units and densities: names, factors and what is a solid."""

from __future__ import annotations

import re

import pytest

from recipe_data.language.units import MEASURE_UNITS, measure_unit, unit_pattern
from recipe_data.pantry.densities import grams_per_ml
from recipe_data.pantry.words import singular

UNIT = re.compile(unit_pattern(), re.IGNORECASE)


@pytest.mark.parametrize(
    ("written", "dimension", "factor"),
    [
        ("Tbsp.", "ml", 15.0),
        ("T.", "ml", 15.0),
        ("t", "ml", 5.0),
        ("c.", "ml", 240.0),
        ("fl oz", "ml", 30.0),
        ("fl. oz.", "ml", 30.0),
        ("LB", "g", 453.6),
        ("ounces", "g", 28.35),
        ("kg", "g", 1000.0),
        ("L", "ml", 1000.0),
        ("inch", "cm", 2.54),
    ],
)
def test_written_units(written: str, dimension: str, factor: float) -> None:
    match = UNIT.fullmatch(written)
    assert match is not None
    unit = measure_unit(match.group())
    assert (unit.dimension, unit.factor) == (dimension, factor)


@pytest.mark.parametrize("word", ["gallon", "grams", "tablespoons", "pint"])
def test_every_name_of_the_table_is_matched_whole(word: str) -> None:
    assert word in MEASURE_UNITS
    match = UNIT.match(f"{word} of milk")
    assert match is not None
    assert match.group() == word


@pytest.mark.parametrize("text", ["cupcakes", "garlic", "cup-shaped", "team", "large", "lbx"])
def test_words_that_only_begin_like_a_unit(text: str) -> None:
    assert UNIT.match(text) is None


@pytest.mark.parametrize(
    ("name", "preparation", "grams_per_cup"),
    [
        ("all-purpose flour", None, 125),
        ("almond flour", None, 96),
        ("sugar", None, 200),
        ("light brown sugar", "packed", 216),
        ("rice", None, 190),
        ("rice", "cooked", 160),
        ("Parmesan cheese", "grated", 100),
        ("butter", None, 227),
        ("peanut butter", None, 258),
        ("tomatoes in juice", None, 180),
    ],
)
def test_solids(name: str, preparation: str | None, grams_per_cup: float) -> None:
    density = grams_per_ml(name, preparation)
    assert density is not None
    assert density * 240 == pytest.approx(grams_per_cup)


@pytest.mark.parametrize(
    "name",
    ["milk", "rice vinegar", "olive oil", "tomato paste", "chicken broth", "flour tortillas",
     "coconut milk", "sugar snap peas, podded", "honey", "", "ground cinnamon"],
)  # fmt: skip
def test_what_stays_in_millilitres(name: str) -> None:
    density = grams_per_ml(name)
    assert density is None or name.startswith("sugar snap")


def test_singular_keeps_what_is_no_plural() -> None:
    assert [singular(w) for w in ("couscous", "swiss", "asparagus", "gas")] == [
        "couscous", "swiss", "asparagus", "gas",
    ]  # fmt: skip
