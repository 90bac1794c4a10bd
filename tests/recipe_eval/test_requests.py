"""Which rows of a test split a run is asked: recipes by title, whatever else is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipe_base.errors import TopochefError
from recipe_base.files import read_jsonl, write_jsonl
from recipe_data.prompts import diet_request, question_messages
from recipe_data.schema import Ingredient, Instruction, Recipe
from recipe_data.tasks.rows import ALL, rows_of
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
    assert [(r.id, r.title) for r in read_requests(tmp_path)] == [("r1-recipe", "Pea Risotto")]


def test_a_split_without_recipes_by_title_says_what_to_run(data: Path) -> None:
    path = data / "test.jsonl"
    rows = list(read_jsonl(path, "the fixture"))
    for row in rows:
        row["messages"][:2] = question_messages("recipe", "I have eggs. Generate a recipe.")
    write_jsonl(path, rows)
    with pytest.raises(TopochefError, match="asks for no recipe by title: run `recipe-data build"):
        read_requests(data)
