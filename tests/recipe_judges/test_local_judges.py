"""Judges without a server: what each prefers, and how far they agree."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from recipe_base.files import to_json, write_jsonl
from recipe_base.runs import Run
from recipe_eval.cli import main

Predict = Callable[..., Path]
UNUSED = to_json(
    {"ingredients": ["2 kg nails", "1 l engine oil"], "instructions": ["Bake for 90 hours."]}
)


def test_gold_is_nearest_and_warns_least(
    data: Path, gold_answers: list[str], predict: Predict, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = predict("ours", [gold_answers[0], gold_answers[1], "no recipe"])
    theirs = predict("theirs", [UNUSED, UNUSED, gold_answers[2]])
    command = ["judge", str(ours), str(theirs), "--data", str(data), "--judge", "local"]
    assert main(command) == 0
    out = capsys.readouterr().out
    assert "3 titles, 1 of them decided" in out
    assert "similarity: 2 won, 0 tied, 0 lost of 2" in out
    assert "checker: 2 won, 0 tied, 0 lost of 2" in out
    assert "model" not in out


def test_a_language_models_verdicts_stand_beside(
    data: Path, gold_answers: list[str], predict: Predict, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = predict("ours", [gold_answers[0], UNUSED, gold_answers[2]])
    theirs = predict("theirs", [UNUSED, gold_answers[1], gold_answers[2]])
    ids = [row["id"] for row in Run(ours).predictions.read()]
    said = [{"id": ids[0], "winner": "ours"}, {"id": ids[1], "winner": None}]
    write_jsonl(Run(ours).judgements(against="theirs").path, said)
    command = ["judge", str(ours), str(theirs), "--data", str(data), "--judge", "local"]
    assert main(command) == 0
    out = capsys.readouterr().out
    assert "similarity: 1 won, 0 tied, 1 lost of 2" in out
    assert "model: 1 won, 0 tied, 0 lost of 1" in out
    (row,) = [
        line for line in out.splitlines() if "similarity, checker" in line and "kappa" in line
    ]
    assert "1.000" in row


def test_the_local_judges_need_two_runs(
    data: Path, gold_answers: list[str], predict: Predict, capsys: pytest.CaptureFixture[str]
) -> None:
    run = predict("one", gold_answers)
    assert main(["judge", str(run), "--data", str(data), "--judge", "local"]) == 1
    assert "name the one to judge against" in capsys.readouterr().err
