"""The parsers against the demo corpus's gold: what was composed must be read back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from recipe_data.building.cleaning import clean_recipe
from recipe_data.demo.compose import compose_rows
from recipe_data.ingredients import parse_ingredient
from recipe_data.instructions import parse_instruction
from recipe_data.pantry.words import singular
from recipe_data.schema import RawRecipe, Recipe

ROWS, SEED = 700, 23
TOLERANCE = 0.03


def close(read: float | None, gold: float | None) -> bool:
    if read is None or gold is None:
        return read is gold
    return abs(read - gold) <= TOLERANCE * abs(gold)


def content_words(name: str) -> set[str]:
    return {singular(word) for word in re.findall(r"[^\W\d_]+", name.lower())}


@pytest.fixture(scope="module")
def kept() -> list[tuple[RawRecipe, dict[str, Any]]]:
    return [
        (raw_recipe(row.cells), row.gold)
        for row in compose_rows(ROWS, SEED)
        if row.gold["expected"] == "kept"
    ]


def raw_recipe(cells: list[str]) -> RawRecipe:
    lines, directions = (tuple(json.loads(cell)) for cell in cells[2:4])
    return RawRecipe(int(cells[0]) + 1, cells[1], lines, directions, cells[4])


@pytest.fixture(scope="module")
def cleaned(kept: list[tuple[RawRecipe, dict[str, Any]]]) -> list[tuple[Recipe, dict[str, Any]]]:
    recipes = [(clean_recipe(raw), gold) for raw, gold in kept]
    return [(result.recipe, gold) for result, gold in recipes if hasattr(result, "recipe")]


def share(hits: Iterator[bool]) -> float:
    found = list(hits)
    assert len(found) > 50
    return sum(found) / len(found)


def gold_lines(kept: list[tuple[RawRecipe, dict[str, Any]]]) -> list[dict[str, Any]]:
    return [ingredient for _, gold in kept for ingredient in gold["ingredients"]]


def gold_steps(kept: list[tuple[RawRecipe, dict[str, Any]]]) -> list[dict[str, Any]]:
    return [step for _, gold in kept for step in gold["steps"]]


def test_amounts_and_units_are_read_back(kept: list[tuple[RawRecipe, dict[str, Any]]]) -> None:
    def right(gold: dict[str, Any]) -> bool:
        read = parse_ingredient(gold["line"])
        ends = zip(
            (read.quantity, read.quantity_max),
            (gold["quantity"], gold["quantity_max"]),
            strict=True,
        )
        return read.unit == gold["unit"] and all(close(*end) for end in ends)

    assert share(right(gold) for gold in gold_lines(kept)) >= 0.97


def test_names_are_read_back(kept: list[tuple[RawRecipe, dict[str, Any]]]) -> None:
    def right(gold: dict[str, Any]) -> bool:
        read = parse_ingredient(gold["line"]).name
        return content_words(read) == content_words(gold["name"])

    assert share(right(gold) for gold in gold_lines(kept)) >= 0.95


def test_times_are_read_back(kept: list[tuple[RawRecipe, dict[str, Any]]]) -> None:
    def right(gold: dict[str, Any]) -> bool:
        read = parse_instruction(gold["text"])
        return close(read.minutes, gold["minutes"]) and close(read.minutes_max, gold["minutes_max"])

    timed = [step for step in gold_steps(kept) if step["minutes"] is not None]
    assert share(right(gold) for gold in timed) >= 0.97
    assert share(right(gold) for gold in gold_steps(kept)) >= 0.97


def test_temperatures_are_read_back(kept: list[tuple[RawRecipe, dict[str, Any]]]) -> None:
    heated = [step for step in gold_steps(kept) if step["celsius"] is not None]
    for steps in (heated, gold_steps(kept)):
        assert (
            share(close(parse_instruction(g["text"]).celsius, g["celsius"]) for g in steps) >= 0.97
        )


def test_actions_are_read_back(kept: list[tuple[RawRecipe, dict[str, Any]]]) -> None:
    hits = read_count = gold_count = 0
    for gold in gold_steps(kept):
        read = list(parse_instruction(gold["text"]).actions)
        read_count, gold_count = read_count + len(read), gold_count + len(gold["actions"])
        for action in gold["actions"]:
            if action in read:
                read.remove(action)
                hits += 1
    assert 2 * hits / (read_count + gold_count) >= 0.95


def test_dirty_rows_come_out_clean(
    kept: list[tuple[RawRecipe, dict[str, Any]]], cleaned: list[tuple[Recipe, dict[str, Any]]]
) -> None:
    assert len(cleaned) == len(kept)
    counts = [len(r.ingredients) == len(gold["ingredients"]) for r, gold in cleaned]
    assert share(iter(counts)) == 1.0
    text = "\n".join(
        part
        for recipe, _ in cleaned
        for part in (recipe.title, *(step.text for step in recipe.instructions))
    )
    assert not re.search(r"\ufffd|\u00a0|\u00ad|&#?\w+;|</?\w|<\|", text)


def test_servings_are_read_where_they_are_stated(
    cleaned: list[tuple[Recipe, dict[str, Any]]],
) -> None:
    right = [
        recipe.servings == (gold["servings"] if gold["servings_stated"] else None)
        for recipe, gold in cleaned
    ]
    assert share(iter(right)) >= 0.97
