"""Systems without a model: what each must answer, and how they stand beside models."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gold_recipes import GOLD, answer, recipe_row

from recipe_base.errors import TopochefError
from recipe_base.files import update_manifest, write_jsonl, write_text
from recipe_base.runs import Run
from recipe_data.answers import render_ingredient, rounded
from recipe_data.ingredients import parse_ingredient
from recipe_eval.cli import main
from recipe_eval.comparing.comparison import Comparison, compare
from recipe_eval.comparing.runs import load_run
from recipe_eval.floors.systems import FLOORS
from recipe_eval.floors.write import write_floors
from recipe_eval.reporting.gallery import choose_samples
from recipe_eval.reporting.opening import opening
from recipe_eval.scoring.score import Options, score
from recipe_kitchen.answers import Answer, read_answer

Predict = Callable[..., Path]

TRAINED = [
    ("Fried Rice", ["200 g rice", "30 ml oil", "5 g salt"], ["Fry the rice.", "Serve."]),
    ("Rice with Butter", ["300 g rice", "20 g butter", "salt"], ["Boil the rice.", "Serve."]),
    ("Garlic Bread", ["2 slices bread", "2 cloves garlic", "7 g salt"], ["Bake the bread."]),
    ("Spaghetti with Garlic", ["300 g spaghetti", "salt", "1 garlic"], ["Boil.", "Serve."]),
]


@pytest.fixture
def trained(data: Path) -> Path:
    """The data folder with a training split; one recipe is asked for in other words, too."""
    rows = [
        recipe_row(f"train-{i}", title, answer(ingredients, steps))
        for i, (title, ingredients, steps) in enumerate(TRAINED)
    ]
    rows.append({**rows[0], "id": "train-0-recipe-1", "form": "pantry"})
    write_jsonl(data / "train.jsonl", rows)
    return data


@pytest.fixture
def floors(trained: Path, tmp_path: Path) -> dict[str, Run]:
    return {run.name: run for run, _ in write_floors(trained, tmp_path / "runs")}


def answers(run: Run) -> list[Answer]:
    return [read_answer(row["text"]) for row in run.predictions.read()]


def test_every_floor_is_a_run_that_says_it_is_one(floors: dict[str, Run]) -> None:
    assert list(floors) == [floor.name for floor in FLOORS]
    for name, run in floors.items():
        assert run.folder.parent.name == "floors"
        assert run.floor.read()["name"] == name
        assert run.manifest["generate"]["inputs"]["floor"] == name
        rows = list(run.predictions.read())
        assert [row["id"] for row in rows] == [f"demo-{i}-recipe" for i in range(3)]
        assert {row["finish_reason"] for row in rows} == {"stop"}


def test_a_constant_says_the_commonest_foods_and_the_commonest_step(
    floors: dict[str, Run],
) -> None:
    said = answers(floors["constant-11"])
    assert len(set(said)) == 1
    # Salt is in four lists, half of them without an amount; garlic and rice in two.
    assert said[0].ingredients[:3] == ("6 g salt", "250 g rice", "1.5 garlic")
    assert len(said[0].ingredients) == 7
    assert said[0].instructions == ("Serve.",)


def test_where_the_data_name_foods_first_so_do_the_floors_and_score_the_same(
    trained: Path, tmp_path: Path, floors: dict[str, Run]
) -> None:
    """Of the words too: where an amount stands in its line is no matter of wording."""
    turned = tmp_path / "turned"
    for name in ("train", "test"):
        rows = [json.loads(line) for line in (trained / f"{name}.jsonl").open(encoding="utf-8")]
        for row in rows:
            said = json.loads(row["messages"][-1]["content"])
            lines = [parse_ingredient(line) for line in said["ingredients"]]
            listed = [render_ingredient(rounded(line), "name-first") for line in lines]
            row["messages"][-1]["content"] = answer(listed, said["instructions"])
        write_jsonl(turned / f"{name}.jsonl", rows)
    update_manifest(turned, "build", {"inputs": {"lines": "name-first"}})
    written = {run.name: run for run, _ in write_floors(turned, tmp_path / "other")}
    assert answers(written["constant-11"])[0].ingredients[:2] == ("salt, 6 g", "rice, 250 g")
    for name, run in floors.items():
        for options in (Options("strict"), Options("balanced")):
            usual = score(run.folder, trained, options)
            other = score(written[name].folder, turned, options)
            assert other["diversity"] == usual["diversity"]
            for metric, found in usual["metrics"].items():
                assert other["metrics"][metric]["mean"] == found["mean"], metric


def test_copies_are_of_the_nearest_title(floors: dict[str, Run]) -> None:
    titles = ["Rice with Butter", "Fried Rice", "Spaghetti with Garlic"]  # no word of Cheese Toast
    golds = {title: Answer(tuple(lines), tuple(steps)) for title, lines, steps in TRAINED}
    assert answers(floors["nearest-title"]) == [golds[title] for title in titles]


def test_neighbours_vote_on_a_list_of_their_mean_length(floors: dict[str, Run]) -> None:
    for said in answers(floors["consensus-8"]):
        assert len(said.ingredients) == 3  # of fewer than eight recipes, all are neighbours
        assert said.ingredients[0] == "6 g salt"
    assert answers(floors["consensus-8"])[2].instructions == ("Boil.", "Serve.")


def test_lots_are_drawn_among_the_training_recipes(floors: dict[str, Run]) -> None:
    known = {answer(lines, steps) for _, lines, steps in TRAINED}
    assert {row["text"] for row in floors["random"].predictions.read()} <= known


def test_shuffled_gold_is_under_no_title_of_its_own(floors: dict[str, Run]) -> None:
    golds = [answer(lines, steps) for _, lines, steps in GOLD]
    said = [row["text"] for row in floors["shuffled-gold"].predictions.read()]
    assert sorted(said) == sorted(golds)
    assert all(one != gold for one, gold in zip(said, golds, strict=True))


def test_floors_are_written_once_and_of_other_data_refused(
    trained: Path, tmp_path: Path, floors: dict[str, Run]
) -> None:
    assert [new for _, new in write_floors(trained, tmp_path / "runs")] == [False] * len(FLOORS)
    with pytest.raises(TopochefError):
        list(write_floors(trained, tmp_path / "runs", limit=2))


def test_what_floors_cannot_be_made_of_is_named(trained: Path, tmp_path: Path) -> None:
    with pytest.raises(TopochefError, match="two or more"):
        list(write_floors(trained, tmp_path / "one", limit=1))
    (trained / "train.jsonl").unlink()
    with pytest.raises(TopochefError, match="recipe-data build"):
        list(write_floors(trained, tmp_path / "none"))


def test_floors_are_scored_like_runs(trained: Path, floors: dict[str, Run]) -> None:
    for profile in ("strict", "balanced"):
        summary = score(floors["shuffled-gold"].folder, trained, Options(profile=profile))
        assert summary["failures"] == {}
        assert summary["metrics"]["ingredient_recall"]["mean"] == 0.0
        assert "decoder:none-shuffled-gold" in summary["metrics"]["list_length" if
            profile == "balanced" else "bleu"]["signature"]  # fmt: skip
    weighed = score(floors["constant-11"].folder, trained, Options(profile="balanced"))
    assert "train:none" not in weighed["metrics"]["rare_ingredient_recall"]["signature"]


def compared(data: Path, runs: list[Path], profile: str = "balanced") -> Comparison:
    for run in runs:
        score(run, data, Options(profile=profile))
    (found,) = compare([[load_run(run, profile) for run in runs]])
    return found


def test_floors_stand_apart_and_change_no_test(
    trained: Path, floors: dict[str, Run], gold_answers: list[str], predict: Predict
) -> None:
    good = predict("good", gold_answers)
    bad = predict("bad", [answer(["1 g cinnamon"], ["Grill."])] * 3)
    alone = compared(trained, [good, bad])
    shown = [floors[name].folder for name in ("constant-11", "shuffled-gold")]
    beside = compared(trained, [good, *shown, bad])
    assert [one.name for one in beside.configurations] == ["good", "bad"]
    assert [one.name for one in beside.floors] == ["constant-11", "shuffled-gold"]
    assert beside.tests == alone.tests
    for row, before in zip(beside.rows, alone.rows, strict=True):
        assert [cell.contrast for cell in row.cells] == [cell.contrast for cell in before.cells]
        assert all(cell.standing is None and not cell.sunk for cell in before.cells)
    f1 = next(row for row in beside.rows if row.name == "ingredient_f1")
    assert [cell.sunk for cell in f1.cells] == [False, True]
    assert f1.best_floor == "constant-11"
    standing = f1.cells[0].standing
    assert standing is not None
    assert f1.floors[0] is not None
    assert standing.gain == pytest.approx(1 - f1.floors[0].mean)
    twice = next(row for row in beside.rows if row.name == "listed_twice")
    assert all(cell.sunk for cell in twice.cells)  # nobody lists a food twice: none beats 0


def test_a_report_opens_with_what_a_reader_asks_first(
    trained: Path, floors: dict[str, Run], gold_answers: list[str], predict: Predict
) -> None:
    good = predict("good", gold_answers)
    bad = predict("bad", [answer(["1 g cinnamon"], ["Grill."])] * 3)
    (good / "adapter").mkdir()
    cost = {"steps": 12, "tokens": 34567, "seconds": 8.5, "peak_bytes": 9e8, "device": "cpu"}
    write_text(good / "adapter" / "cost.json", json.dumps(cost))
    shown = [floors[name].folder for name in ("constant-11", "constant-30", "nearest-title")]
    beside = compared(trained, [good, bad, *shown])
    copying, constant, tuning, cost_of = opening([beside])
    assert copying.startswith("Copying (nearest-title, Recipe F1 0.")
    assert constant.startswith("A constant (constant-")
    assert "beaten by good (+0." in constant
    assert "not shown to be beaten by bad (-0." in constant
    assert tuning.startswith("Tuning: Recipe F1 of bad − good is -")
    assert tuning.endswith("the tuned one is better on other titles too, in one run of it.")
    assert cost_of.startswith("Training good took 8 s for 12 steps of 34,567 tokens in all, and")
    assert opening([compared(trained, [bad])]) == []
    (sample,) = choose_samples(beside, 1)
    headings = ["gold", "good", "bad", "constant-11", "constant-30", "nearest-title"]
    assert [column.heading for column in sample.columns] == headings
    assert [column.floor for column in sample.columns] == [False] * 3 + [True] * 3


def test_floors_alone_are_compared_like_runs(trained: Path, floors: dict[str, Run]) -> None:
    found = compared(trained, [run.folder for run in floors.values()])
    assert {one.name for one in found.configurations} == set(floors)
    assert found.floors == ()


def test_floors_answer_the_titles_of_the_runs_or_more(
    trained: Path, floors: dict[str, Run], gold_answers: list[str], predict: Predict, tmp_path: Path
) -> None:
    constant = floors["constant-11"].folder
    two = predict("two", gold_answers[:2], limit=2)
    found = compared(trained, [two, constant])
    assert found.rows[0].floors[0] is not None
    assert found.rows[0].floors[0].n == 2
    few = [run for run, _ in write_floors(trained, tmp_path / "few", limit=2)]
    with pytest.raises(TopochefError, match=r"does not answer demo-2-recipe.*--floors none"):
        compared(trained, [predict("three", gold_answers), few[0].folder])


@pytest.mark.heavy
def test_tables_show_floors_unless_they_are_told_not_to(
    trained: Path, floors: dict[str, Run], gold_answers: list[str], predict: Predict,
    tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    run = predict("bad", [answer(["1 g cinnamon"], ["Grill."])] * 3)
    score_all = ["score", *map(str, [run, *(one.folder for one in floors.values())])]
    rules = ["--data", str(trained), "--profile", "strict,balanced", "--bertscore", "none"]
    assert main([*score_all, *rules, "--gold-sets", str(tmp_path)]) == 0
    table = tmp_path / "c.csv"
    compare_it = ["compare", str(run), "--profile", "balanced", "--output", str(table)]
    capsys.readouterr()
    assert main(compare_it) == 0
    assert "Floors: systems without a model" in capsys.readouterr().out
    text = table.with_suffix(".md").read_text("utf-8")
    assert "**nearest-title**: the recipe of the nearest training title" in text
    assert "Recipe F1 = (1 / k) Σ F1" in text
    line = next(line for line in text.splitlines() if line.startswith("| Ingredient F1 |"))
    assert line.startswith("| Ingredient F1 | **0.000 ± 0.000** † |")
    assert main([*compare_it, "--floors", "none"]) == 0
    assert "loor" not in table.with_suffix(".md").read_text("utf-8").replace("floor:", "")
    assert main([*compare_it, "--floors", str(tmp_path / "nowhere")]) == 1
    assert "recipe-eval floor" in capsys.readouterr().err


def test_the_command_writes_and_says_what_next(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["floor", str(trained), "--output", str(tmp_path / "new"), "--limit", "2"]) == 0
    said = capsys.readouterr().out
    assert f"recipe-eval score {tmp_path / 'new' / 'floors'}/*" in said
    record: dict[str, Any] = json.loads((tmp_path / "new/floors/random/floor.json").read_text())
    assert record == {"name": "random", "what": "a training recipe drawn by lot"}
    asked = list(Run(tmp_path / "new/floors/random").predictions.read())
    assert [row["title"] for row in asked] == [title for title, _, _ in GOLD[:2]]
