"""Gold under other titles: all of it, nothing else, and nothing under its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from gold_recipes import answer, recipe_row
from hypothesis import given
from hypothesis import strategies as st

from recipe_base.errors import TopochefError
from recipe_base.files import read_jsonl, write_jsonl
from recipe_data.building.keys import normalise_title
from recipe_data.cli import main
from recipe_data.shuffling import deal, write_shuffled

FOODS = ["rice", "leek", "egg", "bean", "plum", "tofu", "corn", "kale", "beet", "okra"]


def row(number: int, title: str, food: str) -> dict[str, Any]:
    text = answer([f"{number + 1} g {food}"], [f"Boil the {food}."])
    start = text.index(food)
    span = {"start": start, "end": start + len(food), "kind": "ingredient", "group": 0}
    return {**recipe_row(f"r{number}", title, text), "spans": [span]}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Ten dishes, one title of which stands three times, and rows of other tasks."""
    folder = tmp_path / "data"
    rows = [row(i, f"Dish of {food}", food) for i, food in enumerate(FOODS)]
    rows += [row(10, "Leek, Dish of", "cream"), row(11, "Dish of leek II", "flour")]
    rows += [row(12, "dish of LEEK!", "thyme")]
    others = [{**rows[0], "id": "t", "task": "time"}, {**rows[1], "id": "p", "form": "pantry"}]
    write_jsonl(folder / "train.jsonl", [others[0], *rows, others[1]])
    held_out = row(20, "Held out", "secret")
    write_jsonl(folder / "test.jsonl", [held_out])
    write_jsonl(folder / "validation.jsonl", [{**held_out, "title": "Kept back"}])
    return folder


def told(one: dict[str, Any]) -> str:
    return str(one["messages"][-1]["content"])


def recipes(data: Path) -> list[dict[str, Any]]:
    rows = read_jsonl(data / "train.jsonl", "build")
    return [one for one in rows if one["task"] == "recipe" and one["form"] == "title"]


@pytest.mark.parametrize("seed", range(8))
def test_no_title_keeps_its_own_answer(data: Path, tmp_path: Path, seed: int) -> None:
    before = recipes(data)
    assert write_shuffled(data, tmp_path / "s.jsonl", seed) == len(before) == 13
    after = list(read_jsonl(tmp_path / "s.jsonl", "shuffle"))
    answers_of: dict[str, set[str]] = {}
    for one in before:
        answers_of.setdefault(normalise_title(one["title"]), set()).add(told(one))
    assert len(answers_of["dish of leek"]) == 3
    for one in after:
        assert told(one) not in answers_of[normalise_title(one["title"])]
    # Only which belongs to which has changed: prompts in their order, every answer once.
    assert [one["messages"][:-1] for one in after] == [one["messages"][:-1] for one in before]
    assert [one["title"] for one in after] == [one["title"] for one in before]
    assert sorted(map(told, after)) == sorted(map(told, before))
    assert len({one["id"] for one in (*after, *before)}) == 26


def test_spans_go_with_the_answer(data: Path, tmp_path: Path) -> None:
    write_shuffled(data, tmp_path / "s.jsonl", 1)
    whose = {told(one): one["recipe"] for one in recipes(data)}
    for one in read_jsonl(tmp_path / "s.jsonl", "shuffle"):
        (span,) = one["spans"]
        assert told(one)[span["start"] : span["end"]] == told(one).split(" g ")[1].split('"')[0]
        assert one["recipe"] == whose[told(one)]


def test_the_draw_is_decided_by_its_seed(data: Path, tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        output = str(tmp_path / f"{name}.jsonl")
        assert main(["shuffle", str(data), "--output", output, "--seed", str(seed)]) == 0
    a, b, c = ((tmp_path / f"{name}.jsonl").read_bytes() for name in "abc")
    assert a == b != c


def test_nothing_held_out_appears(data: Path, tmp_path: Path) -> None:
    write_shuffled(data, tmp_path / "s.jsonl", 1)
    text = (tmp_path / "s.jsonl").read_text("utf-8")
    assert "secret" not in text
    assert "Held out" not in text


@pytest.mark.parametrize("split", ["test", "validation"])
def test_a_held_out_title_in_training_is_refused(data: Path, tmp_path: Path, split: str) -> None:
    write_jsonl(data / f"{split}.jsonl", [row(30, "Dish of Plum, 2", "stolen")])
    with pytest.raises(TopochefError, match=rf"row r4-recipe: its title is in {split}.jsonl too"):
        write_shuffled(data, tmp_path / "s.jsonl", 1)
    assert not (tmp_path / "s.jsonl").exists()


def test_what_cannot_be_shuffled_is_told(data: Path, tmp_path: Path) -> None:
    write_jsonl(data / "train.jsonl", [row(i, "Leeks", food) for i, food in enumerate(FOODS)])
    with pytest.raises(TopochefError, match="10 recipes cannot be shuffled so that none keeps"):
        write_shuffled(data, tmp_path / "s.jsonl", 1)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 30)), min_size=2, max_size=40),
       st.integers(0, 5))  # fmt: skip
def test_whoever_is_served_is_served_with_something_else(
    rows: list[tuple[int, int]], seed: int
) -> None:
    titles, texts = ([str(row[side]) for row in rows] for side in (0, 1))
    found = deal(titles, texts, seed)
    if found is None:  # only where one title or text is of a large share
        most = max(max(map(side.count, side)) for side in (titles, texts))
        assert 3 * most >= len(rows)
        return
    assert sorted(found) == list(range(len(rows)))
    for place, other in enumerate(found):
        assert titles[place] != titles[other]
        assert texts[place] != texts[other]
