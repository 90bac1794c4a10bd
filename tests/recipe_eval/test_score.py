from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recipe_data.errors import TopochefError
from recipe_eval.cli import main
from recipe_eval.score import read_scores, read_summary, score

Predict = Callable[..., Path]
FILES = ("entities.jsonl", "scores.jsonl", "summary.json")


def test_gold_predicted_scores_one_everywhere(
    data: Path, gold_answers: list[str], predict: Predict
) -> None:
    summary = score(predict("gold", gold_answers), data)
    metrics = summary["metrics"]
    assert summary["failures"] == {}
    assert len(metrics) == 9
    for name, facts in metrics.items():
        best = 0.0 if facts["lower_is_better"] else 1.0
        assert facts["mean"] == pytest.approx(best), name
        assert facts["low"] == pytest.approx(best), name
    assert metrics["temperature_precision"]["n"] == 1
    assert metrics["bleu"]["pooled"] == pytest.approx(1.0)


def test_entities_and_scores_have_a_row_for_every_recipe(
    data: Path, gold_answers: list[str], predict: Predict
) -> None:
    run = predict("gold", gold_answers)
    score(run, data)
    entities = [json.loads(line) for line in (run / "entities.jsonl").read_text().splitlines()]
    assert entities[0]["gold"]["ingredients"][0] == {
        "quantity": 200.0, "quantity_max": None, "unit": "g", "name": "rice", "preparation": None,
    }  # fmt: skip
    assert entities[1]["predicted"]["steps"][1]["celsius"] == 200.0
    rows = [json.loads(line) for line in (run / "scores.jsonl").read_text().splitlines()]
    assert len(rows) == 3 * 9
    assert rows[0] == {
        "id": "demo-0-recipe", "metric": "ingredient_recall", "value": 1.0, "statistics": [3, 3],
    }  # fmt: skip
    assert read_scores(run)["temperature_precision"]["demo-0-recipe"] is None


def test_scoring_again_gives_the_same_bytes(
    data: Path, gold_answers: list[str], predict: Predict
) -> None:
    run = predict("gold", [gold_answers[1], "", gold_answers[2]])
    score(run, data)
    first = {name: (run / name).read_bytes() for name in FILES}
    score(run, data)
    assert {name: (run / name).read_bytes() for name in FILES} == first


@pytest.mark.parametrize(
    ("prediction", "reason"),
    [
        ("", "empty"),
        ("no recipe today", "not JSON"),
        ("{" * 100_000, "not JSON"),
        ('{"ingredients":["a"],"instructions":[]}', "instructions is out of bounds"),
        ({"text": "x", "finish_reason": "length"}, "cut off"),
        ({"text": None}, "not JSON"),
    ],
)
def test_what_is_no_recipe_is_scored_as_a_failure_and_named(
    data: Path, gold_answers: list[str], predict: Predict, prediction: Any, reason: str
) -> None:
    run = predict("bad", [gold_answers[0], prediction, gold_answers[2]])
    summary = score(run, data)
    assert summary["failures"] == {reason: ["demo-1-recipe"]}
    assert read_scores(run)["ingredient_recall"]["demo-1-recipe"] == 0.0
    assert read_scores(run)["action_edit_distance"]["demo-1-recipe"] == 1.0
    assert summary["metrics"]["ingredient_recall"]["mean"] == pytest.approx(2 / 3)


def test_missing_and_double_predictions_are_failures(
    data: Path, gold_answers: list[str], predict: Predict
) -> None:
    double = {"id": "demo-0-recipe", "text": gold_answers[0]}
    summary = score(predict("holes", [gold_answers[0], double]), data)
    assert summary["failures"] == {
        "missing": ["demo-1-recipe", "demo-2-recipe"],
        "predicted more than once": ["demo-0-recipe"],
    }
    assert summary["metrics"]["ingredient_recall"]["n"] == 3
    assert summary["metrics"]["ingredient_recall"]["mean"] == 0.0


def test_predictions_of_other_recipes_are_refused(
    data: Path, gold_answers: list[str], predict: Predict
) -> None:
    stranger = {"id": "elsewhere-7-recipe", "text": gold_answers[0]}
    run = predict("stranger", [gold_answers[0], stranger])
    with pytest.raises(TopochefError, match=r"1 predictions do not belong.*elsewhere-7-recipe"):
        score(run, data)
    assert not any((run / name).exists() for name in FILES)


def test_a_limited_run_is_scored_on_what_it_was_asked_for(
    data: Path, gold_answers: list[str], predict: Predict
) -> None:
    summary = score(predict("limited", gold_answers[:2], limit=2), data)
    assert summary["recipes"] == 2
    assert summary["failures"] == {}


def test_a_number_is_printed_with_its_signature(
    data: Path, gold_answers: list[str], predict: Predict
) -> None:
    summary = score(predict("signed", gold_answers, temperature=0.5, seed=3), data)
    signature = summary["metrics"]["quantity_precision"]["signature"]
    assert signature.startswith("quantity_precision|names:last2-porter|match:one-to-one|")
    for part in ("n:3", "profile:strict", "entities:rules", "T0.5-max512-seed3", "|v:"):
        assert part in signature


def test_gold_that_is_no_answer_is_a_defect_of_the_data(
    data: Path, gold_answers: list[str], predict: Predict
) -> None:
    path = data / "test.jsonl"
    row = json.loads(path.read_text().splitlines()[0])
    row["messages"][-1]["content"] = "{}"
    path.write_text(json.dumps(row) + "\n")
    with pytest.raises(TopochefError, match="demo-0-recipe: the gold answer is wrong"):
        score(predict("any", gold_answers[:1]), data)


def test_the_command_prints_means_and_failures(
    data: Path, gold_answers: list[str], predict: Predict, capsys: pytest.CaptureFixture[str]
) -> None:
    run = predict("shown", [*gold_answers[:2], "[red]no[/red]"])
    assert main(["score", str(run), "--data", str(data)]) == 0
    out = capsys.readouterr().out
    assert "Ingredient recall" in out
    assert "1 failed (not JSON): demo-2-recipe" in out


def test_scores_older_than_the_predictions_are_not_read(
    data: Path, gold_answers: list[str], predict: Predict
) -> None:
    run = predict("stale", gold_answers)
    with pytest.raises(TopochefError, match="run `recipe-eval score"):
        read_summary(run)
    score(run, data)
    assert read_summary(run)["recipes"] == 3
    (run / "predictions.jsonl").write_text("")
    with pytest.raises(TopochefError, match="run `recipe-eval score"):
        read_summary(run)
