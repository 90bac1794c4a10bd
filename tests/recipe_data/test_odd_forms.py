"""Forms in which amounts, steps and whole tables stand where nobody would look for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from recipe_data.building.servings import servings_of
from recipe_data.building.sources import read_source
from recipe_data.schema import RawRecipe, Rejection

FOODS = ["120 g farro", "4 shallots"]
STEPS = ["Toast the farro for 5 minutes.", "Fold in the shallots."]
RECIPE: dict[str, Any] = {"title": "Farro Pot", "ingredients": FOODS, "steps": STEPS}


def rows_of(tmp_path: Path, content: Any, name: str = "a.json") -> list[RawRecipe | Rejection]:
    text = content if isinstance(content, str) else json.dumps(content)
    (tmp_path / name).write_text(text, encoding="utf-8")
    return list(read_source(tmp_path / name))


def one(tmp_path: Path, **changes: Any) -> RawRecipe:
    (row,) = rows_of(tmp_path, {**RECIPE, **changes})
    assert isinstance(row, RawRecipe), row
    return row


def refused(tmp_path: Path, **changes: Any) -> Rejection:
    (row,) = rows_of(tmp_path, {**RECIPE, **changes})
    assert isinstance(row, Rejection), row
    return row


@pytest.mark.parametrize(
    "entry",
    [
        {"name": "farro", "weight": "120 g"},
        {"name": "farro", "weight": 120, "unit": "g"},
        {"name": "farro", "weightInGrams": 120},
        {"name": "farro", "amount_g": 120},
        {"name": "farro", "amount_metric": 120, "unit_metric": "g", "amount_us": 4},
        {"name": "farro", "measurement": "120 g"},
        {"name": "farro", "amount": {"metric": {"value": 120, "unit": "g"}, "us": "4 oz"}},
        {"name": "farro", "measures": {"metric": {"amount": 120, "unitShort": "g"}}},
        {"name": "farro", "amount": {"grams": 120}},
        {"name": "farro", "quantity": [{"amount": 120, "unit": "g"}]},
        {"name": "farro", "quantity": {"$numberInt": "120"}, "unit": "g"},
        {"ingredient": {"name": "farro", "unit": "g"}, "amount": 120},
    ],
)
def test_no_amount_is_lost(tmp_path: Path, entry: dict[str, Any]) -> None:
    (line,) = one(tmp_path, ingredients=[entry]).ingredients
    assert line.lower() in ("120 g farro", "120 grams farro")


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        ({"name": "farro", "min": 100, "max": 120, "unit": "g"}, "100-120 g farro"),
        (
            {"name": "farro", "quantity_from": 100, "quantity_to": 120, "unit": "g"},
            "100-120 g farro",
        ),
        ({"name": "farro", "quantity": 100, "quantity_max": 120, "unit": "g"}, "100-120 g farro"),
        ({"name": "farro", "quantity": 100, "quantity_max": None, "unit": "g"}, "100 g farro"),
        (
            {"name": "milk", "amount": {"numerator": 1, "denominator": 2}, "unit": "cup"},
            "1/2 cup milk",
        ),
        ({"name": "leeks", "quantity": 3.0, "unit": "unit"}, "3 leeks"),
        (
            {"name": "farro", "unit_id": "cup", "amount": 2, "unit": None, "protein": "12 g"},
            "2 cup farro",
        ),
    ],
)
def test_ranges_fractions_and_pieces(tmp_path: Path, entry: dict[str, Any], line: str) -> None:
    assert one(tmp_path, ingredients=[entry]).ingredients == (line,)


@pytest.mark.parametrize(
    "entry",
    [
        {"name": "farro", "weight": 120},  # of what unit?
        {"name": "farro", "amount": {"low": "some", "high": "more"}},
        {"name": "farro", "amount": [1, 2]},
    ],
)
def test_an_amount_that_is_not_understood_is_no_missing_one(
    tmp_path: Path, entry: dict[str, Any]
) -> None:
    assert "write a list of texts" in refused(tmp_path, ingredients=[entry]).detail


def test_amounts_in_lists_of_their_own(tmp_path: Path) -> None:
    texts = [{"text": text} for text in ("farro", "shallots")]
    row = one(
        tmp_path,
        ingredients=texts,
        quantity=[{"text": "120"}, {"text": "4"}],
        unit=[{"text": "g"}, {"text": ""}],
    )
    assert list(row.ingredients) == FOODS
    row = one(tmp_path, ingredients="['farro', 'shallots']", quantities="['120 g', '4']")
    assert list(row.ingredients) == FOODS
    detail = refused(tmp_path, ingredients=["farro", "shallots"], quantities=["120 g"]).detail
    assert "1 amounts" in detail
    assert "2 of ingredients" in detail
    # Numbers without units are amounts of nobody knows what.
    assert one(tmp_path, ingredients=["farro"], quantities=["1/2"]).ingredients == ("farro",)


@pytest.mark.parametrize(
    "value",
    [
        [{"title": "First", "detail": STEPS[0]}, {"title": "Then", "stepText": STEPS[1]}],
        [{"no": 1, "what": STEPS[0]}, {"no": 2, "what": STEPS[1]}],
        "|".join(STEPS),
        f"## Method\n\n1. **{STEPS[0]}**\n2. {STEPS[1]}\n![done](https://a.b/c.jpg)",
        f"<h3>Farro</h3><p>{STEPS[0]}</p><h3 class='x'>End</h3><p>{STEPS[1]} [photo:2]</p>",
        [f"[Toast](https://a.b) {STEPS[0].split(' ', 1)[1]}", STEPS[1]],
        "array(['Toast the farro for 5 minutes.', 'Fold in the shallots.'], dtype=object)",
        "['Toast the farro for 5 minutes.'\n 'Fold in the shallots.']",
        "('Toast the farro for 5 minutes.', 'Fold in the shallots.')",
    ],
)
def test_steps_are_the_same_in_every_form(tmp_path: Path, value: Any) -> None:
    steps = [
        step.removeprefix("1. ").removeprefix("2. ").strip()
        for step in one(tmp_path, steps=value).directions
    ]
    assert steps == STEPS


def test_a_text_in_brackets_is_no_list(tmp_path: Path) -> None:
    assert one(tmp_path, steps="[Optional] Rinse it.\nBoil it.").directions == (
        "[Optional] Rinse it.",
        "Boil it.",
    )


@pytest.mark.parametrize("key", ["steps", "ingredients"])
def test_two_languages_are_not_one_recipe(tmp_path: Path, key: str) -> None:
    row = refused(tmp_path, **{key: {"en": ["120 g farro"], "fr-CA": ["120 g d'épeautre"]}})
    assert row.reason == "several languages"
    assert "en, fr-CA" in row.detail


OTHER = {**RECIPE, "title": "Other Pot"}
BOTH = [RECIPE, OTHER]


@pytest.mark.parametrize(
    "table",
    [
        {key: {"0": RECIPE[key], "1": OTHER[key]} for key in RECIPE},
        {key: [row[key] for row in BOTH] for key in RECIPE},
        {"columns": [*RECIPE], "index": [0, 1], "data": [[*row.values()] for row in BOTH]},
        f"{json.dumps([RECIPE])};\n{json.dumps([OTHER])}",
    ],
)
def test_tables_kept_by_columns_and_documents_in_a_row(tmp_path: Path, table: Any) -> None:
    rows = rows_of(tmp_path, table)
    assert [row.title for row in rows if isinstance(row, RawRecipe)] == ["Farro Pot", "Other Pot"]
    assert [row.row for row in rows] == [1, 2]


def test_two_names_of_one_recipe_are_no_table(tmp_path: Path) -> None:
    row = one(tmp_path, title=["Farro Pot", "Pot of Farro"])
    assert (row.title, list(row.ingredients)) == ("Farro Pot", FOODS)


def test_columns_without_names_and_blank_cells_behind(tmp_path: Path) -> None:
    table = "title,ingredients,directions,tag,tag,,\nFarro Pot,120 g farro,Boil it.,a,b,,\n"
    rows = rows_of(tmp_path, table + "Other Pot,4 shallots,Fry them.,,,,,,\n", "a.csv")
    assert [row.title for row in rows if isinstance(row, RawRecipe)] == ["Farro Pot", "Other Pot"]


def test_what_the_page_says_of_a_recipe_that_its_script_cuts_short(tmp_path: Path) -> None:
    script = json.dumps({"@type": "Recipe", "name": "Farro Pot", "recipeIngredient": FOODS})
    text = "".join(f'<li itemprop="recipeIngredient">{food}' for food in FOODS)
    page = (
        f'<script type="application/ld+json">{script}</script><div itemscope '
        f'itemtype="https://schema.org/Recipe"><h1 itemprop="name">Farro Pot</h1><ul>{text}</ul>'
        f'<p itemprop="recipeInstructions">{"<br>".join(STEPS)}</p></div>'
    )
    (row,) = rows_of(tmp_path, page, "a.html")
    assert isinstance(row, RawRecipe)
    assert list(row.directions) == STEPS
    (row,) = rows_of(tmp_path, page.replace("recipeInstructions", "x"), "a.html")
    assert isinstance(row, Rejection)
    assert "no field directions" in row.detail


def test_yields_in_other_words() -> None:
    assert servings_of({"@value": "6"}) == servings_of({"$numberInt": "6"}) == 6
    assert servings_of("6 servings of 2 dumplings") == 6
    assert servings_of("12 of each") is None
