"""Rows of what neighbours agree on: by votes of other training recipes, and of nothing else."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from recipe_base.files import read_manifest, sha256, to_json, write_jsonl
from recipe_data.building.agreement import agreement_rows
from recipe_data.building.build import Options, build
from recipe_data.building.converting import Written
from recipe_data.building.split import Split
from recipe_data.cli import main
from recipe_data.consensus.neighbours import nearest, nearest_others
from recipe_data.consensus.rows import consensus_row
from recipe_data.consensus.voting import consensus
from recipe_data.schema import ANSWER_SCHEMA, MAX_INGREDIENTS, Ingredient, Instruction, Recipe

MAINS = ["Barley", "Lentil", "Potato", "Spinach", "Turkey", "Salmon", "Pumpkin", "Noodle"]
STYLES = {
    "Soup": ["{n} ml stock", "{m} onions", "salt"],
    "Salad": ["{n} ml vinegar", "{n} g lettuce", "salt"],
    "Bake": ["{n} g cheddar", "{n} ml milk", "pepper"],
    "Curry": ["{n} ml coconut milk", "{m} chillies", "salt"],
    "Stew": ["{n} ml stock", "{m} carrots", "{m} bay leaves"],
    "Pie": ["{n} g flour", "{n} g butter", "{m} eggs"],
    "Fritters": ["{n} g flour", "{m} eggs", "pepper"],
    "Gratin": ["{n} ml cream", "{n} g cheddar", "nutmeg"],
}
K = 4


def mark(number: int) -> str:
    """Return a word that only one recipe has.

    >>> mark(1), mark(12)
    ('blabkl', 'blablm')
    """
    return "blab" + "".join("klmnopqrst"[int(digit)] for digit in f"{number:02}")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Recipes that each carry a word of their own in title, list and step."""
    path = tmp_path_factory.mktemp("source") / "recipes.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, ["title", "ingredients", "directions", "link", "NER"])
        table.writeheader()
        dishes = [(main, style) for main in MAINS for style in STYLES]
        for number, (main_food, style) in enumerate(dishes):
            word = mark(number)
            lines = [f"{200 + number} g {main_food.lower()}", f"{10 + number} g {word} seeds"]
            lines += [line.format(n=50 + number, m=1 + number % 5) for line in STYLES[style]]
            steps = [
                f"Boil the {main_food.lower()} with {word} for {5 + number} minutes.",
                "Serve.",
            ]
            row = {"title": f"{main_food} {style} {word}", "link": "", "NER": "[]"}
            lists = {"ingredients": json.dumps(lines), "directions": json.dumps(steps)}
            table.writerow({**row, **lists})
    return path


@pytest.fixture(scope="module")
def built(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("built") / "data"
    build(source, output, Options(consensus=K))
    return output


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def agreed(built: Path) -> list[dict[str, Any]]:
    return [row for row in rows(built / "train.jsonl") if row["task"] == "consensus"]


def test_the_rows_ask_as_gold_does_and_train_the_list_alone(built: Path) -> None:
    found = agreed(built)
    gold = {row["recipe"]: row for row in rows(built / "train.jsonl") if row["task"] == "recipe"}
    assert len(found) == len(gold) > 40
    assert read_manifest(built)["build"]["tasks"]["train"]["consensus"] == len(found)
    for row in found:
        own = gold[row["recipe"]]
        assert row["id"] == f"{row['recipe']}-consensus"
        assert (row["form"], row["title"]) == ("title", own["title"])
        assert row["messages"][:-1] == own["messages"][:-1]
        text = row["messages"][-1]["content"]
        start, end = row["trained"]
        answer = json.loads(text)
        jsonschema.validate(answer, ANSWER_SCHEMA)
        assert json.loads(text[start:end] + "}") == {"ingredients": answer["ingredients"]}
        assert text[end:].startswith(',"instructions":["')
        assert len(row["spans"]) > len(answer["ingredients"])
        assert all(start <= span["start"] < span["end"] <= end for span in row["spans"])
        assert {span["group"] for span in row["spans"]} == set(range(len(answer["ingredients"])))


def test_nothing_of_validation_or_test_is_in_the_training_file(built: Path) -> None:
    """Every recipe says a word of its own three times: in its title, its list and its step."""
    sides = {
        recipe["title"].split()[-1]: recipe["split"] for recipe in rows(built / "recipes.jsonl")
    }
    assert set(sides.values()) == {"train", "validation", "test"}
    trained = (built / "train.jsonl").read_text(encoding="utf-8")
    for word, split in sides.items():
        assert (word in trained) == (split == "train")


def test_no_recipe_votes_on_its_own_row(built: Path) -> None:
    voices = 0
    for row in agreed(built):
        text = row["messages"][-1]["content"][: row["trained"][1]]
        own = row["title"].split()[-1]
        assert own not in text
        voices += "blab" in text  # what only one neighbour has may fill a list, so it could show
    assert voices > 0


def test_other_rows_and_splits_stay_as_they_are_without(
    source: Path, built: Path, tmp_path: Path
) -> None:
    plain = tmp_path / "plain"
    build(source, plain, Options())
    for name in ("recipes", "pretrain", "validation", "test", "rejected"):
        assert sha256(plain / f"{name}.jsonl") == sha256(built / f"{name}.jsonl")
    lines = (built / "train.jsonl").read_text(encoding="utf-8").splitlines()
    first = len(agreed(built))
    assert all('"task":"consensus"' in line for line in lines[:first])
    assert lines[first:] == (plain / "train.jsonl").read_text(encoding="utf-8").splitlines()
    assert not any("trained" in line for line in lines[first:])


def test_the_command_builds_the_same_bytes(source: Path, built: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    arguments = ["build", str(source), "--output", str(again), "--consensus", str(K)]
    assert main(arguments) == 0
    assert sha256(again / "train.jsonl") == sha256(built / "train.jsonl")
    assert main(arguments) == 0
    assert main([*arguments[:-1], "5"]) == 1  # the folder holds another build


def test_neighbours_of_other_groups_are_the_nearest_that_share_a_word() -> None:
    titles = ["Lentil Soup", "Lentil Soups", "Red Lentil Soup", "Lentil Pie", "Toast", "Soup"]
    others = list(nearest_others(titles, [0, 0, 2, 3, 4, 5], 2))
    # idf = ln(7 / 5) + 1 of lentil and soup, ln(7 / 2) + 1 of red: 0.71 for Soup, 0.64 for Red ….
    assert others[0] == others[1] == [5, 2]
    assert others[3] == [0, 1]
    assert others[4] == []
    assert 0 in others[5]
    # As `nearest` finds them, where nothing is left out but the title itself.
    alone = list(nearest_others(titles, range(6), 5))
    for place, known in enumerate(nearest(titles, titles, 6)):
        assert alone[place] == [other for other in known if other in alone[place]]


def test_recipes_that_are_alike_have_no_vote_on_each_other(tmp_path: Path) -> None:
    """Two of one group, three neighbours, and one that is tested, each with a food of its own."""
    foods = ["rice", "barley", "leek", "carrot", "turnip", "parsnip"]
    steps = (Instruction("Boil."),)
    recipes = [
        Recipe(f"r{i}", f"Soup {'abcdef'[i]}", 2, (Ingredient(9.0, None, "g", food),), steps, "")
        for i, food in enumerate(foods)
    ]
    kept = tmp_path / "kept.jsonl"
    lines = [Written(one.title, to_json(one.to_dict()), "", []) for one in recipes]
    write_jsonl(kept, lines)
    splits: list[Split] = ["train"] * 5 + ["test"]
    found = list(agreement_rows(kept, splits, [0, 0, 2, 3, 4, 5], count=5))
    assert [row.recipe for row in found] == ["r0", "r1", "r2", "r3", "r4"]
    said = [json.loads(row.messages[-1]["content"])["ingredients"] for row in found]
    assert said[:2] == [["9 g leek"], ["9 g leek"]]  # the first of three with a vote each
    assert said[2:] == [["9 g rice"]] * 3


def test_a_row_that_no_schema_would_take_is_left_out() -> None:
    recipe = Recipe("r", "Rice", 2, (), (Instruction("Boil."), Instruction("Serve.")), "here")
    rice = Ingredient(200.0, None, "g", "rice")
    row = consensus_row(recipe, [rice])
    assert row is not None
    assert row.messages[-1]["content"] == '{"ingredients":["200 g rice"],"instructions":["Boil."]}'
    assert row.trained == (0, len('{"ingredients":["200 g rice"]'))
    assert consensus_row(recipe, []) is None
    assert consensus_row(recipe, [rice] * (MAX_INGREDIENTS + 1)) is None
    long = [
        [
            Ingredient(1.0, None, "g", f"food{chr(97 + i % 26)}{chr(97 + i // 26)}")
            for i in range(60)
        ]
    ] * 2
    assert len(consensus(long)) == MAX_INGREDIENTS


@pytest.mark.heavy
def test_datasets_types_the_columns_however_it_cuts_the_file(built: Path, tmp_path: Path) -> None:
    from datasets import load_dataset

    loaded = load_dataset(
        "json",
        data_files=str(built / "train.jsonl"),
        split="train",
        chunksize=4096,
        cache_dir=str(tmp_path),
    )
    expected = [row.get("trained") for row in rows(built / "train.jsonl")]
    assert list(loaded["trained"]) == expected
    assert expected[0] is not None
    assert expected[-1] is None
