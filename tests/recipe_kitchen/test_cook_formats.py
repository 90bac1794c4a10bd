"""JSON, Markdown, and schema.org's JSON-LD as recipe managers read it."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from recipe_data.building.cleaning import Cleaned, clean_recipe
from recipe_data.building.sources import read_source
from recipe_data.instructions import parse_instruction
from recipe_data.schema import RawRecipe
from recipe_kitchen.answers import Answer
from recipe_kitchen.cooking.events import shown
from recipe_kitchen.cooking.linked import as_linked_data, as_schema_org, cooking_minutes
from recipe_kitchen.cooking.order import Order, take_order
from recipe_kitchen.cooking.ready import ReadyRecipe, plate
from recipe_kitchen.cooking.texts import as_json, as_markdown

SCHEMA = json.loads(
    (Path(__file__).parents[1] / "data" / "importable_recipe.schema.json").read_text()
)
SOUP = Answer(
    ("500 g carrots, sliced", "20 ml olive oil", "800 ml vegetable stock", "2 bay leaves"),
    (
        "Soak the bay leaves overnight.",
        "Soften the carrots in the oil for 10 to 12 minutes.",
        "Add stock and bay and simmer for 55 minutes at 95 °C.",
    ),
)
DISH = plate(Order("Carrot Soup", servings=4, diet="vegan"), SOUP, author="tiny")


def problems(document: dict[str, Any]) -> list[str]:
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(document)]


def test_schema_org_says_all_that_is_known() -> None:
    linked = as_linked_data(DISH)
    assert problems(linked) == []
    assert linked["name"] == "Carrot Soup"
    assert linked["recipeYield"] == "4 servings"
    assert linked["recipeIngredient"] == list(SOUP.ingredients)
    assert [step["text"] for step in linked["recipeInstructions"]] == list(SOUP.instructions)
    assert linked["cookTime"] == "PT1H5M"
    assert linked["totalTime"] == "PT9H5M"
    assert linked["suitableForDiet"] == "https://schema.org/VeganDiet"
    assert linked["keywords"] == "vegan"
    assert linked["description"] == "Written by a language model (tiny)."


def test_schema_org_leaves_out_what_is_not_known() -> None:
    linked = as_linked_data(plate(Order("Toast"), Answer(("2 slices bread",), ("Toast it.",))))
    assert problems(linked) == []
    assert set(linked) == {"@context", "@type", "name", "recipeIngredient", "recipeInstructions"}


@pytest.mark.parametrize("line", ["100 g bacon", "30 g Parmesan", "200 ml beef stock"])
def test_no_diet_is_stated_that_the_recipe_breaks_or_may_break(line: str) -> None:
    answer = Answer((*SOUP.ingredients, line), SOUP.instructions)
    linked = as_linked_data(plate(Order("Soup", diet="vegetarian"), answer))
    assert problems(linked) == []
    assert "suitableForDiet" not in linked
    assert "keywords" not in linked


@given(st.text(min_size=1, max_size=40), st.integers(1, 500))
def test_any_text_makes_valid_linked_data(text: str, servings: int) -> None:
    dish = ReadyRecipe("Rice", servings, (f"{text}x",), (f"{text}. Bake for 90 minutes.",))
    written = as_schema_org(dish)
    assert "<" not in written
    assert problems(json.loads(written)) == []


def test_the_schema_refuses_what_importers_cannot_read() -> None:
    for changes in (
        {"recipeIngredient": [{"name": "rice"}]},
        {"recipeInstructions": "Boil."},
        {"totalTime": "75 minutes"},
        {"totalTime": "PT"},
        {"recipeYield": 4},
        {"suitableForDiet": "vegan"},
    ):
        assert problems({**as_linked_data(DISH), **changes}), changes


def test_our_own_reader_gets_back_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "soup.jsonld"
    path.write_text(as_schema_org(DISH), encoding="utf-8")
    (raw,) = read_source(path)
    assert isinstance(raw, RawRecipe)
    assert raw.title == "Carrot Soup"
    assert raw.ingredients == SOUP.ingredients
    assert raw.directions == (*SOUP.instructions, "Serves 4.")
    cleaned = clean_recipe(raw)
    assert isinstance(cleaned, Cleaned)
    assert cleaned.recipe.servings == 4
    assert [step.text for step in cleaned.recipe.instructions] == list(SOUP.instructions)


def test_the_library_of_mealie_and_tandoor_reads_it() -> None:
    scrapers = pytest.importorskip(
        "recipe_scrapers", reason="not installed: pip install recipe-scrapers to import for real"
    )
    answer = Answer((*SOUP.ingredients, "1 </script> & <b>"), SOUP.instructions)
    written = as_schema_org(plate(Order("Carrot Soup", servings=4), answer))
    page = f'<script type="application/ld+json">{written}</script>'
    read = scrapers.scrape_html(page, org_url="http://localhost/", supported_only=False)
    assert read.title() == "Carrot Soup"
    assert [html.unescape(line) for line in read.ingredients()][:4] == list(SOUP.ingredients)
    assert read.instructions_list() == list(SOUP.instructions)
    assert read.yields() == "4 servings"
    assert (read.cook_time(), read.total_time()) == (65, 545)


def test_json_holds_the_warnings_and_the_shopping_list() -> None:
    answer = Answer(("200 g rice", "30 g butter"), ("Boil the rice.",))
    order = Order("Rice", have=("butter",), servings=2, avoid=("milk",))
    recipe = json.loads(as_json(plate(order, answer)))
    assert recipe["to_buy"] == ["rice"]
    assert {(w["code"], w["where"]) for w in recipe["warnings"]} == {
        ("allergen", "ingredient 2"),
        ("unused-ingredient", "ingredient 2"),
    }
    assert "to_buy" not in json.loads(as_json(DISH))


def test_markdown_is_a_document_in_which_a_model_writes_only_text() -> None:
    answer = Answer(
        ("200 g my_rice", "1 egg"), ("1. Bake [here](http://x) at 180 °C.", "- Stir `egg`.")
    )
    lines = as_markdown(plate(Order("# Rice", servings=2), answer)).splitlines()
    assert lines[0] == r"# \# Rice"
    assert "Serves 2." in lines
    assert r"| 200 g | my\_rice |" in lines
    assert r"1. 1\. Bake \[here\](http://x) at **180 °C**." in lines
    assert r"2. \- Stir \`egg\`." in lines


@pytest.mark.parametrize(
    ("step", "minutes"),
    [
        ("Sear 5 minutes, then chill overnight.", 5),
        ("Marinate for 3 hours, then grill for 12 minutes.", 12),
        ("After marinating overnight, grill 12 minutes.", 12),
        ("Simmer, stirring often, for 25 minutes.", 25),
        ("Let rise for 2 hours.", 0),
    ],
)
def test_cooking_time_is_what_is_heated(step: str, minutes: float) -> None:
    assert cooking_minutes(parse_instruction(step)) == minutes


def test_every_form_says_what_was_looked_for_and_what_was_not_checked() -> None:
    answer = Answer(("200 g rice", "1 tsp granny's blarf"), ("Boil the rice with the blarf.",))
    dish = plate(take_order("Rice", diet="plant-based", avoid="coeliac, zorblax"), answer)
    told = [
        "plant-based: taken for vegan",
        "coeliac: taken for gluten",
        'zorblax: taken for the word "zorblax"; no table knows it, so what holds it without saying'
        " so is not found",
        "ingredient 2: no table knows granny's blarf, so it was not checked",
    ]
    assert dish.notes == told
    assert shown(dish)["notes"] == told
    assert "coeliac: taken for gluten" in as_markdown(dish)
    recipe = json.loads(as_json(dish))
    assert recipe["diet"] == "vegan"
    assert recipe["avoided"][0] == {"word": "coeliac", "taken_for": ["gluten"]}
    assert "no table knows it" in recipe["avoided"][1]["caution"]
    assert recipe["unchecked"][0]["where"] == "ingredient 2"
    assert "suitableForDiet" not in as_linked_data(dish)
    known = plate(Order("Rice", diet="vegan"), Answer(("200 g rice",), ("Boil the rice.",)))
    assert as_linked_data(known)["suitableForDiet"].endswith("/VeganDiet")
    assert "avoided" not in json.loads(as_json(plate(Order("Rice"), answer)))
