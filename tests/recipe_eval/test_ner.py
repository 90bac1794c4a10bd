"""Entities from a language model: a server in this process plays the model."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openai_stand_in import OpenAIStandIn

from recipe_base.files import to_json
from recipe_data.ingredients import parse_ingredient
from recipe_data.instructions import parse_instruction
from recipe_eval.cli import main
from recipe_eval.reading.ner import Tally
from recipe_eval.scoring.score import Options, score

Predict = Callable[..., Path]


def read_as_the_rules(body: dict[str, Any]) -> str:
    """Answer as the rules would, but read `12 minutes` as 15 and call butter oil."""
    text = body["messages"][-1]["content"]
    schema = body["response_format"]["json_schema"]["schema"]
    reading = parse_ingredient(text) if "name" in schema["required"] else parse_instruction(text)
    answer = {key: getattr(reading, key) for key in schema["required"]}
    if answer.get("minutes") == 12:
        answer["minutes"] = 15
    if answer.get("name") == "butter":
        answer["name"] = "oil"
    return to_json(answer)


@pytest.mark.parametrize(
    ("tally", "f1"), [(Tally(0, 0, 0), None), (Tally(0, 2, 0), 0.0), (Tally(2, 2, 3), 0.8)]
)
def test_f1_of_two_readers(tally: Tally, f1: float | None) -> None:
    assert tally.f1 == f1


def test_a_model_reads_gold_once_for_all_runs_and_its_agreement_is_reported(
    data: Path, gold_answers: list[str], predict: Predict, capsys: pytest.CaptureFixture[str]
) -> None:
    with OpenAIStandIn(read_as_the_rules) as server:
        options = Options(endpoint=f"openai:cook@{server.address}")
        summary = score(predict("one", gold_answers), data, options)
        asked = len(server.bodies)
        score(predict("two", [gold_answers[1], "", gold_answers[2]]), data, options)
        assert len(server.bodies) == asked  # gold, and predictions that repeat it
        arguments = ["score", "runs/one", "--data", str(data), "--ner", "llm"]
        run = str(predict("three", gold_answers))
        arguments[1] = run
        command = [*arguments, "--endpoint", options.endpoint or "", "--bertscore", "none"]
        assert main(command) == 0
    entities = summary["entities"]
    assert entities["extractor"].startswith("llm-openai:cook-prompt")
    assert "|entities:llm-openai:cook-prompt" in summary["metrics"]["bleu"]["signature"]
    agreement = entities["agreement_with_rules"]
    assert agreement["celsius"] == agreement["unit"] == 1.0
    assert agreement["name"] == pytest.approx(7 / 8)
    assert agreement["minutes"] == pytest.approx(2 / 3)
    recall = summary["metrics"]["ingredient_recall"]
    assert (recall["mean"], recall["rests_on"]) == (1.0, {"ingredient names": None})
    out = " ".join(capsys.readouterr().out.split())
    assert "F1 with the rules: name 0.875, amount 1.000" in out


def test_a_server_that_is_gone_stops_the_command_and_nothing_is_written(
    data: Path, gold_answers: list[str], predict: Predict, capsys: pytest.CaptureFixture[str]
) -> None:
    run = predict("gone", gold_answers)
    with OpenAIStandIn(read_as_the_rules) as server:
        spec = f"openai:nobody@{server.address}"
        assert main(["score", str(run), "--data", str(data), "--ner", "llm", "--endpoint", spec,
                     "--bertscore", "none"]) == 1  # fmt: skip
    assert "nobody" in capsys.readouterr().err
    assert not (run / "scores.jsonl").exists()
    assert json.loads((run / "manifest.json").read_text()).keys() == {"generate"}
