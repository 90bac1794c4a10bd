"""Which rows of a test split a run is asked: recipes by title, whatever else is there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from recipe_base.errors import TopochefError
from recipe_base.files import read_jsonl, write_jsonl
from recipe_data.answers import chat_row
from recipe_data.prompts import diet_request
from recipe_data.schema import Ingredient, Instruction, Recipe
from recipe_data.tasks.registry import ALL, rows_of
from recipe_eval.generating.requests import read_requests

RISOTTO = Recipe(
    "r1",
    "Pea Risotto",
    2,
    (
        Ingredient(160.0, None, "g", "Arborio rice"),
        Ingredient(500.0, None, "ml", "water"),
        Ingredient(100.0, None, "g", "peas"),
        Ingredient(1.0, None, "unit", "onion"),
    ),
    (Instruction("Simmer the rice for 18 minutes."), Instruction("Stir in the peas.")),
    "demo",
)


def test_other_tasks_and_other_prompts_are_left_out(tmp_path: Path) -> None:
    rows = [row.to_dict() for row in rows_of(RISOTTO, 7, ALL)]
    assert {row["id"] for row in rows} > {"r1-recipe", "r1-recipe-1", "r1-recipe-2", "r1-scaling"}
    assert diet_request("Pea Risotto", "vegan", 2) in {
        row["messages"][1]["content"] for row in rows
    }
    write_jsonl(tmp_path / "test.jsonl", rows)
    (request,) = read_requests(tmp_path)
    assert (request.id, request.title, request.servings) == ("r1-recipe", "Pea Risotto", 2)


def test_a_title_that_reads_like_servings_is_a_title(tmp_path: Path) -> None:
    odd = replace(RISOTTO, title="Rice, 4 servings", servings=None)
    write_jsonl(tmp_path / "test.jsonl", [chat_row(odd).to_dict()])
    (request,) = read_requests(tmp_path)
    assert (request.title, request.servings) == (odd.title, None)


def test_rows_of_an_older_build_say_what_to_do(data: Path) -> None:
    rows = list(read_jsonl(data / "test.jsonl", "the fixture"))
    for key in ("form", "recipe", "title", "servings"):
        del rows[-1][key]
    write_jsonl(data / "test.jsonl", rows)
    told = f"row demo-2-recipe does not say its form.* delete {data} and run `recipe-data build"
    with pytest.raises(TopochefError, match=told):
        read_requests(data)


def test_a_split_without_recipes_by_title_says_what_to_run(data: Path) -> None:
    path = data / "test.jsonl"
    rows = [{**row, "form": "pantry"} for row in read_jsonl(path, "the fixture")]
    write_jsonl(path, rows)
    with pytest.raises(TopochefError, match="asks for no recipe by title: run `recipe-data build"):
        read_requests(data)
