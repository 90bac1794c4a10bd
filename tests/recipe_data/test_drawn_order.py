"""A build in drawn order: the same rows in the same splits, of which the first N are a sample."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from recipe_base.files import read_manifest
from recipe_data.building.build import Options, build
from recipe_data.building.drawing import numbered_lines
from recipe_data.cli import main

FOODS = ["barley", "lentils", "potatoes", "spinach", "turkey", "salmon", "pumpkin", "noodles"]
DISHES = ["soup", "salad", "bake", "curry", "stew", "pie", "fritters", "gratin"]
FILES = ("recipes", "train", "validation", "test", "pretrain")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """64 recipes, sorted by title."""
    path = tmp_path_factory.mktemp("source") / "recipes.csv"
    titles = sorted(f"{food} {dish}" for food in FOODS for dish in DISHES)
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["title", "ingredients", "directions", "link", "NER"])
        for number, title in enumerate(titles):
            word = "".join("klmnopqrst"[int(digit)] for digit in f"{number:02}")
            lines = [f"{200 + number} g {title.split()[0]}", f"{9 + number} g blab{word} seeds"]
            steps = [f"Boil the blab{word} for {5 + number} minutes."]
            table.writerow([f"{title.title()} Blab{word}", json.dumps(lines), json.dumps(steps),
                            "", "[]"])  # fmt: skip
    return path


def lines(folder: Path, name: str) -> list[str]:
    return (folder / f"{name}.jsonl").read_text("utf-8").splitlines()


def titles(folder: Path, name: str) -> list[Any]:
    return [json.loads(line)["title"] for line in lines(folder, name)]


def test_the_rows_of_every_file_are_the_same_in_another_order(source: Path, tmp_path: Path) -> None:
    plain, drawn, again = (tmp_path / name for name in ("plain", "drawn", "again"))
    build(source, plain, Options())
    assert main(["build", str(source), "--shuffle", "--output", str(drawn)]) == 0
    build(source, again, Options(shuffle=True))
    assert titles(plain, "train") == sorted(titles(plain, "train"))
    for name in FILES:
        assert sorted(lines(drawn, name)) == sorted(lines(plain, name))
        assert lines(drawn, name) == lines(again, name)
    for name in ("train", "recipes"):
        assert titles(drawn, name) != titles(plain, name)
        half = len(titles(plain, name)) // 2
        assert titles(drawn, name)[:half] > titles(plain, name)[:half]
        assert {one[0] for one in titles(drawn, name)[:half]} == {
            one[0] for one in titles(plain, name)
        }
    facts, others = (read_manifest(one)["build"] for one in (plain, drawn))
    assert "shuffle" not in facts["inputs"]
    assert others["inputs"] == {**facts["inputs"], "shuffle": True}


def test_another_seed_is_another_order(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"".join(b"%d\n" % i * (i + 1) for i in range(9)))
    plain = list(numbered_lines(path, None))
    text = path.read_bytes().splitlines(keepends=True)
    assert plain == list(enumerate(text))
    one, two = (list(numbered_lines(path, seed)) for seed in (1, 2))
    assert one != two
    assert sorted(one) == sorted(two) == plain
    path.write_bytes(b"")
    assert list(numbered_lines(path, 1)) == []
