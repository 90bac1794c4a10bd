from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recipe_base.errors import TopochefError
from recipe_eval.cli import main
from recipe_eval.metrics import PROFILES
from recipe_eval.scoring.score import Options, read_scores, read_summary, score

Predict = Callable[..., Path]
FILES = ("entities.jsonl", "scores.jsonl", "summary.json")


def test_gold_predicted_scores_one_everywhere(
    data: Path, gold_answers: list[str], predict: Predict
) -> None:
    summary = score(predict("gold", gold_answers), data)
    metrics = summary["metrics"]
    assert summary["failures"] == {}
    assert list(metrics) == [metric.name for metric in PROFILES["strict"]]
    used = metrics["ingredients_used"]  # no step says salt
    assert used["mean"] == used["gold"] == pytest.approx(8 / 9)
    for name, facts in metrics.items():
        if facts["group"] == "kitchen":
            continue
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
    assert len(rows) == 3 * len(PROFILES["strict"])
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
        (
            json.dumps({"ingredients": ["a" * 100_000], "instructions": ["b"]}),
            "ingredients is out of bounds",
        ),
        ("[" * 500_000 + "]" * 500_001, "too long"),
        ('{"ingredients":' + "9" * 100_000 + "}", "not JSON"),
        ({"text": "x", "finish_reason": "length"}, "cut off"),
        ({"text": None}, "not JSON"),
        ('{"ingredients":[" "],"instructions":["\\u00a0"]}', "ingredients has a blank text"),
        ('{"ingredients":["..."],"instructions":["!!!"]}', "ingredients has no words"),
        ('{"ingredients":["rice"],"instructions":["1.","200"]}', "instructions has no words"),
        ('{"ingredients":["\u3164"],"instructions":["Boil."]}', "ingredients has a blank text"),
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


def test_a_run_that_is_not_whole_is_refused(
    data: Path, gold_answers: list[str], predict: Predict
) -> None:
    run = predict("holes", [gold_answers[0], {"id": "demo-2-recipe", "text": gold_answers[2]}])
    with pytest.raises(TopochefError, match=r"2 of the 3 .*first missing: demo-1-recipe"):
        score(run, data)
    assert not any((run / name).exists() for name in FILES)


def test_a_title_that_is_predicted_twice_is_refused(
    data: Path, gold_answers: list[str], predict: Predict
) -> None:
    again = {"id": "demo-0-recipe", "text": gold_answers[0]}
    run = predict("twice", [*gold_answers, again])
    with pytest.raises(TopochefError, match=r"has demo-0-recipe twice: delete it and run"):
        score(run, data)


def test_of_predictions_from_elsewhere_what_is_missing_is_a_failure(
    data: Path, gold_answers: list[str], predict: Predict
) -> None:
    """Nothing records what was asked for."""
    run = predict("elsewhere", gold_answers[:1])
    (run / "manifest.json").unlink()
    summary = score(run, data)
    assert summary["failures"] == {"missing": ["demo-1-recipe", "demo-2-recipe"]}
    assert summary["metrics"]["ingredient_recall"]["mean"] == pytest.approx(1 / 3)


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
    assert "|decoder:T0.5-p0.95-m0.05-max512-seed3-tries3|" in signature
    for part in ("n:3", "profile:strict", "entities:rules", "|v:"):
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
    without = ["--bertscore", "none", "--gold-sets", str(data)]
    assert main(["score", str(run), "--data", str(data), *without]) == 0
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


def test_what_was_read_is_remembered_and_a_torn_cache_gives_the_same_bytes(
    data: Path, gold_answers: list[str], predict: Predict
) -> None:
    run = predict("torn", [gold_answers[1], gold_answers[0], gold_answers[2]])
    score(run, data)
    first = {name: (run / name).read_bytes() for name in FILES}
    (cache,) = (run / ".cache").iterdir()
    (gold,) = (data / ".cache").iterdir()
    assert len(cache.read_bytes().splitlines()) == len(gold.read_bytes().splitlines()) == 3
    cache.write_bytes(cache.read_bytes()[:-40])
    score(run, data)
    assert {name: (run / name).read_bytes() for name in FILES} == first
    assert len(cache.read_bytes().splitlines()) == 4


@pytest.mark.heavy
def test_the_thesis_profile_lies_beside_the_strict_one(
    data: Path, gold_answers: list[str], predict: Predict
) -> None:
    run = predict("both", [gold_answers[0], "", gold_answers[2]])
    score(run, data)
    strict = (run / "scores.jsonl").read_bytes()
    with pytest.raises(TopochefError, match="--profile thesis` first"):
        read_summary(run, "thesis")
    summary = score(run, data, Options(profile="thesis"))
    assert (run / "scores.jsonl").read_bytes() == strict
    assert read_summary(run)["profile"] == "strict"
    assert read_summary(run, "thesis") == summary
    signature = summary["metrics"]["action_precision"]["signature"]
    assert "greedy-cosine>0.7:all-MiniLM-L6-v2|action:first-of-step|divisor:gold" in signature
    assert read_scores(run, "thesis")["temperature_precision"] == {
        "demo-0-recipe": 1.0, "demo-1-recipe": 0.0, "demo-2-recipe": 1.0,
    }  # fmt: skip


def test_copied_training_recipes_are_named(
    data: Path, gold_answers: list[str], predict: Predict
) -> None:
    run = predict("copied", [gold_answers[0], gold_answers[0], gold_answers[2]])
    assert score(run, data)["diversity"]["copied"] is None
    row = json.loads((data / "test.jsonl").read_text().splitlines()[0])
    (data / "train.jsonl").write_text(json.dumps({**row, "id": "learnt-recipe"}) + "\n")
    diversity = score(run, data)["diversity"]
    assert (diversity["recipes"], diversity["distinct_recipes"]) == (3, 2)
    assert diversity["copied"] == [
        {"id": name, "from": "learnt-recipe", "share": 1.0}
        for name in ("demo-0-recipe", "demo-1-recipe")
    ]
    assert diversity["longest_match"] == pytest.approx((1 + 1 + 2 / 20) / 3, abs=0.05)


def test_the_command_says_what_numbers_rest_on(
    data: Path, gold_answers: list[str], predict: Predict, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["score", str(predict("plain", gold_answers)), "--data", str(data)]
    assert main([*arguments, "--bertscore", "none", "--gold-sets", str(data)]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "not measured here" in out
    assert "Of 3 recipes 3 are distinct" in out
    assert main([*arguments, "--ner", "llm"]) == 1
    assert "--ner llm and --endpoint SPEC belong together" in capsys.readouterr().err


@pytest.mark.parametrize(
    "changes",
    [{"messages": None}, {"messages": []}, {"servings": "2"}, {"title": None}, {"id": None}],
)
def test_a_row_of_the_test_split_that_is_not_whole_is_named(
    data: Path, gold_answers: list[str], predict: Predict, changes: dict[str, Any]
) -> None:
    path = data / "test.jsonl"
    first, *others = path.read_text().splitlines()
    path.write_text("\n".join([json.dumps({**json.loads(first), **changes}), *others]))
    with pytest.raises(TopochefError, match=r"test\.jsonl: row .* has no title, whole servings"):
        score(predict("any", gold_answers), data)


@pytest.mark.parametrize("line", [b"\xff\xfe{", b"[" * 100_000, b'{"id": ' + b"9" * 5000 + b"}"])
def test_a_line_that_cannot_be_read_is_named(
    data: Path, gold_answers: list[str], predict: Predict, line: bytes
) -> None:
    run = predict("torn", gold_answers)
    (run / "predictions.jsonl").write_bytes(line + b"\n")
    with pytest.raises(TopochefError, match=r"predictions\.jsonl:1: not JSON"):
        score(run, data)
