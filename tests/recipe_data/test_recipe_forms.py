"""Ingredients, steps, yields and titles in the forms that sites and recipe managers write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from recipe_data.building.cleaning import Cleaned, clean_recipe
from recipe_data.building.servings import servings_of
from recipe_data.building.sources import read_source
from recipe_data.schema import RawRecipe, Rejection

RECIPE = {
    "@context": "https://schema.org",
    "@type": "Recipe",
    "name": "Barley Bowl",
    "recipeIngredient": ["150 g barley", "2 carrots, grated"],
    "recipeInstructions": ["Boil the barley.", "Fold in the carrots."],
}


def row_of(tmp_path: Path, recipe: Any, name: str = "a.jsonld") -> RawRecipe | Rejection:
    (tmp_path / name).write_text(json.dumps(recipe), encoding="utf-8")
    (row,) = read_source(tmp_path / name)
    return row


def listed(tmp_path: Path, value: Any) -> list[str]:
    row = row_of(tmp_path, {**RECIPE, "recipeIngredient": value})
    assert isinstance(row, RawRecipe), row
    return list(row.ingredients)


def steps(tmp_path: Path, value: Any) -> list[str]:
    row = row_of(tmp_path, {**RECIPE, "recipeInstructions": value})
    assert isinstance(row, RawRecipe), row
    return list(row.directions)


def quantity(value: Any, **unit: str) -> dict[str, Any]:
    return {"@type": "QuantitativeValue", "value": value, **unit}


def listed_item(item: Any) -> dict[str, Any]:
    return {"@type": "ListItem", "position": 1, "item": item}


BOTH = ["150 g barley", "2 carrots"]


@pytest.mark.parametrize(
    "value",
    [
        [["150 g barley"], ["2 carrots"]],
        ["150 g barley", None, "", "2 carrots"],
        [{"@type": "PropertyValue", "name": "barley", "value": "150", "unitText": "g"}, BOTH[1]],
        [{"@type": "PropertyValue", "name": "ingredient", "value": line} for line in BOTH],
        [
            {
                "@type": "HowToSupply",
                "name": "barley",
                "requiredQuantity": quantity(150, unitCode="GRM"),
            },
            {"@type": "HowToSupply", "name": "carrots", "requiredQuantity": 2},
        ],
        {"@type": "ItemList", "itemListElement": [listed_item(line) for line in BOTH]},
        {"@type": "ItemList", "name": "All", "itemListElement": [{"name": line} for line in BOTH]},
        [{"text": "150 g barley"}, {"@value": "2 carrots", "@language": "en"}],
        [{"amount": 150.0, "unit": {"name": "g"}, "food": {"name": "barley"}}, BOTH[1]],
        [{"qty": "150.000", "units": "g", "item": "barley"}, {"quantity": 2, "item": "carrots"}],
        [{"name": "barley", "g": 150}, {"title": "carrots", "amount": "2"}],
        [[150, "g", "barley"], ["2", "", "carrots"]],
        {"barley": "150 g", "carrots": 2},
        {"barley": {"amount": 150, "unit": "g"}, "carrots": {"amount": 2}},
        {"1": "150 g barley", "2": "2 carrots"},
        [{"barley": "150 g"}, {"carrots": "2"}],
        "150 g barley<br>2 carrots",
        "150 g barley|2 carrots",
        "150 g barley, 2 carrots",
        "['150 g barley', '2 carrots']",
        [{"quantity": 1.0, "food": None, "unit": None, "note": "", "display": ""}, *BOTH],
    ],
)
def test_an_ingredient_list_has_the_same_lines_in_every_form(tmp_path: Path, value: Any) -> None:
    assert listed(tmp_path, value) == BOTH


@pytest.mark.parametrize(
    "value",
    [
        [{"name": "Bowl", "ingredients": ["150 g barley"]}, {"name": "Top", "items": [BOTH[1]]}],
        {"Bowl": ["150 g barley"], "Top": ["2 carrots"]},
        {"Bowl": {"barley": "150 g"}, "Top": {"carrots": 2}},
        [
            {"title": "Bowl", "display": "150 g barley"},
            {"is_header": True, "note": "Top", "no_amount": True},
            {"note": "2 carrots", "quantity": 2.0, "disableAmount": True},
        ],
    ],
)
def test_parts_of_a_list_become_headings_that_cleaning_counts(tmp_path: Path, value: Any) -> None:
    row = row_of(tmp_path, {**RECIPE, "recipeIngredient": value})
    assert isinstance(row, RawRecipe)
    assert row.ingredients == ("Bowl:", "150 g barley", "Top:", "2 carrots")
    cleaned = clean_recipe(row)
    assert isinstance(cleaned, Cleaned)
    assert [i.name for i in cleaned.recipe.ingredients] == ["barley", "carrots"]
    assert cleaned.dropped_lines == 2


def test_amounts_keep_their_range_note_and_fraction(tmp_path: Path) -> None:
    entries = [
        {"name": "dill", "amount": {"minValue": 1, "maxValue": 2, "unitText": "tbsp"}},
        {"name": "rye", "quantity": "1 to 2", "unit": "cups", "note": "rinsed"},
        {"name": "lime", "amount": 0.5},
        {"name": "salt", "amount": 0, "note": "to taste"},
        {"name": "oats", "amountText": "3 cups"},
        {"name": "Milk", "value": "200 ml milk"},
        {"value": "1 tsp cumin"},
        {"name": "peas", "text": "2 cups"},
        {"name": "dill", "amount": "to taste"},
        {"name": "chilli", "unit": "pinch"},
    ]
    assert listed(tmp_path, entries) == [
        "1-2 tbsp dill",
        "1 to 2 cups rye, rinsed",
        "0.5 lime",
        "salt, to taste",
        "3 cups oats",
        "200 ml milk",
        "1 tsp cumin",
        "2 cups peas",
        "dill, to taste",
        "pinch chilli",
    ]


@pytest.mark.parametrize(
    "value",
    [
        [4, "2 carrots"],
        [{"image": "barley.jpg"}],
        [{"@type": "HowToSupply", "image": "x"}],
        [{"id": 3, "code": "b"}],
        [{"name": "barley", "amount": 1e12}],
        [{"name": "barley", "amount": -1}],
        [{"unit": "cups", "amount": 2, "food": None}],
        "barley, carrots, dill",
    ],
)
def test_what_is_no_ingredient_is_refused_with_the_field_and_the_remedy(
    tmp_path: Path, value: Any
) -> None:
    row = row_of(tmp_path, {**RECIPE, "recipeIngredient": value})
    assert isinstance(row, Rejection)
    assert row.reason == "not a list of strings"
    assert row.detail.startswith("recipeIngredient: ")
    assert row.detail.endswith("write a list of texts")


def test_amounts_inside_amounts_without_end_are_a_rejection_each(tmp_path: Path) -> None:
    row = {"name": "Rye", "ingredients": [{"name": "rye", "amount": "@"}], "steps": "Boil."}
    before, after = json.dumps(row).split('"@"')
    inside = '{"value":'
    lines = [
        f"{before}{inside * n}1{'}' * n}{after}" for n in (*range(2, 40), *range(40, 1100, 29))
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    found = list(read_source(tmp_path / "a.jsonl"))
    outcomes = [r.title if isinstance(r, RawRecipe) else r.reason for r in found]
    assert set(outcomes) == {"Rye", "nested too deeply", "broken JSON"}
    assert outcomes[0] == "Rye"
    assert outcomes[-1] == "broken JSON"


def step(text: str, kind: str = "HowToStep") -> dict[str, Any]:
    return {"@type": kind, "text": text}


@pytest.mark.parametrize(
    "value",
    [
        {"0": step("Boil."), "1": step("Fold.")},
        {"step2": "Fold.", "step10": None, "step1": "Boil."},
        [{"step": 1, "instruction": "Boil."}, {"step": 2, "instruction": "Fold."}],
        [{"@type": "HowToSection", "name": "Sauce"}, step("Boil."), step("Fold.")],
        [{"@type": "HowToSection", "name": "Sauce", "itemListElement": []}, "Boil.", "Fold."],
        [{"name": "Sauce", "steps": []}, {"name": "Bowl", "steps": ["Boil.", {"text": "Fold."}]}],
        {"Bowl": ["Boil."], "Top": [step("Fold.")]},
        [
            {
                "@type": "HowToStep",
                "itemListElement": [step("Boil.", "HowToDirection"), step("Fold.")],
            }
        ],
        {"@type": "HowToSection", "itemListElement": [listed_item(step("Boil.")), step("Fold.")]},
        [None, [["Boil."], ["Fold."]]],
        [{"@type": "ImageObject", "url": "a.jpg"}, step("Boil."), {"text": {"@value": "Fold."}}],
        [{"name": "", "steps": [{"number": 1, "step": "Boil."}, {"number": 2, "step": "Fold."}]}],
        "Boil.\r\n\r\nFold.\n",
        r"Boil.\nFold.",
        '["Boil.", "Fold."]',
    ],
)
def test_a_method_has_the_same_steps_in_every_form(tmp_path: Path, value: Any) -> None:
    assert steps(tmp_path, value) == ["Boil.", "Fold."]


def test_a_tip_is_no_step_and_is_counted(tmp_path: Path) -> None:
    parts = [step("Boil.", "HowToDirection"), step("Rinse it first.", "HowToTip")]
    value = [{"@type": "HowToStep", "itemListElement": parts}, step("Fold.")]
    row = row_of(tmp_path, {**RECIPE, "recipeInstructions": value})
    assert isinstance(row, RawRecipe)
    assert row.directions == ("Boil.", "Fold.")
    cleaned = clean_recipe(row)
    assert isinstance(cleaned, Cleaned)
    assert cleaned.dropped_lines == 1


@pytest.mark.parametrize("value", [[1, 2], {"heat": 9}, [{"@id": "#step"}], {"url": "http://a.b"}])
def test_what_is_no_step_is_refused(tmp_path: Path, value: Any) -> None:
    row = row_of(tmp_path, {**RECIPE, "recipeInstructions": value})
    assert isinstance(row, Rejection)
    assert row.reason == "not a list of strings"
    assert row.detail.startswith("recipeInstructions: ")


@pytest.mark.parametrize("value", [None, [], "", [{"@type": "HowToSection", "name": "Sauce"}]])
def test_a_recipe_without_steps_is_one_rejection(tmp_path: Path, value: Any) -> None:
    row = row_of(tmp_path, {**RECIPE, "recipeInstructions": value, "cookingMethod": "Frying"})
    assert isinstance(row, RawRecipe)
    rejection = clean_recipe(row)
    assert isinstance(rejection, Rejection)
    assert rejection.reason == "no directions"


@pytest.mark.parametrize(
    ("value", "servings"),
    [
        (5, 5),
        (5.0, 5),
        ("5", 5),
        ("Serves 5-7", 5),
        ("5 — 7 people", 5),
        ("about 5 portions", 5),
        ("Yield: 5 servings (2 cups each)", 5),
        ("Servings: 5", 5),
        ("serves 5 as a main, 8 as a starter", 5),
        ("1 cake (10 servings)", 10),
        ("10 serving(s) 🍰", 10),
        (["5", "5 servings"], 5),
        (["18", "18 rolls"], None),
        (quantity(5, unitText="servings"), 5),
        (quantity(5), 5),
        (quantity(18, unitText="rolls"), None),
        ({"@type": "QuantitativeValue", "minValue": 5, "maxValue": 7}, 5),
        ("makes 18 rolls", None),
        ("3.5 servings", None),
        ("3,5 servings", None),
        ("3 1/2 servings", None),
        ("3½ servings", None),
        ("Serves 3.5", None),
        ("one 9-inch pie", None),
        (0, None),
        (-4, None),
        (1e300, None),
        (10**40, None),
        (True, None),
        (None, None),
        ([], None),
        ("", None),
    ],
)
def test_a_yield_counts_servings_or_nothing(value: Any, servings: int | None) -> None:
    assert servings_of(value) == servings


def test_half_a_serving_in_a_step_is_no_whole_number() -> None:
    row = RawRecipe(1, "Bowl", ("150 g barley",), ("Boil it.", "2.5 servings."), "")
    cleaned = clean_recipe(row)
    assert isinstance(cleaned, Cleaned)
    assert cleaned.recipe.servings is None


@pytest.mark.parametrize(
    "recipe",
    [
        {"name": "Barley Bowl", "ingredients": BOTH, "instructions": ["Boil."]},
        {"Recipe_Name": "Barley Bowl", "Ingredient List": BOTH, "Method": "Boil."},
        {"schema:name": "Barley Bowl", "recipeIngredient": BOTH, "recipeInstructions": "Boil."},
        {
            "title": "Barley Bowl",
            "extendedIngredients": [{"original": line} for line in BOTH],
            "analyzedInstructions": [{"steps": [{"number": 1, "step": "Boil."}]}],
        },
        {
            "title": "Barley Bowl",
            "ingredients": [{"text": line} for line in BOTH],
            "instructions": [{"text": "Boil."}],
        },
        {
            "strMeal": "Barley Bowl",
            "strInstructions": "Boil.",
            "strIngredient1": "barley",
            "strMeasure1": "150 g",
            "strIngredient2": "carrots",
            "strMeasure2": "2",
            "strIngredient3": "",
            "strMeasure3": None,
        },
    ],
)
@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_fields_may_have_other_names(tmp_path: Path, recipe: Any, name: str) -> None:
    row = row_of(tmp_path, recipe, name)
    assert isinstance(row, RawRecipe), row
    assert (row.title, row.ingredients, row.directions) == ("Barley Bowl", tuple(BOTH), ("Boil.",))


def test_a_missing_field_is_named_with_those_that_there_are(tmp_path: Path) -> None:
    row = row_of(
        tmp_path, {"title": "Bowl", "stuff": ["150 g barley"], "method": "Boil."}, "a.json"
    )
    assert isinstance(row, Rejection)
    assert row.reason == "no ingredients"
    assert row.detail == "no field ingredients, but title, stuff, method: rename one"


@pytest.mark.parametrize("title", ["nan", "NaN", "None", "", None, float("nan"), [], [None]])
def test_a_title_of_nothing_is_no_title(tmp_path: Path, title: Any) -> None:
    row = row_of(tmp_path, {**RECIPE, "name": title})
    assert isinstance(row, RawRecipe)
    rejection = clean_recipe(row)
    assert isinstance(rejection, Rejection)
    assert rejection.reason == "no title"


def test_escapes_that_were_escaped_again_are_undone(tmp_path: Path) -> None:
    row = row_of(
        tmp_path, {**RECIPE, "name": r"P\u00e2t\u00e9", "recipeIngredient": [r"\u00bd fig"]}
    )
    assert isinstance(row, RawRecipe)
    assert (row.title, row.ingredients) == ("Pâté", ("½ fig",))
