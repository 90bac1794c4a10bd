"""A run beside its own greedy recipes: one command writes both, and the report shows both."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from recipe_base.errors import TopochefError
from recipe_base.files import read_jsonl, read_manifest
from recipe_data.sampling import DEFAULT, GREEDY, Sampler
from recipe_eval.cli import main
from recipe_eval.comparing.runs import load_run
from recipe_eval.reporting.greedy import read_beside
from recipe_eval.reporting.report import write_report
from recipe_eval.scoring.score import score

pytestmark = pytest.mark.heavy

Predict = Callable[..., Path]


def test_one_command_writes_both_and_each_says_how_it_was_drawn(
    tmp_path: Path, data: Path, tiny_gguf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    command = [
        "generate", str(run), "--data", str(data), "--gguf", str(tiny_gguf), "--max-tokens", "40",
        "--tries", "1", "--greedy", "2", "--temperature", "1.5",
    ]  # fmt: skip
    assert main(command) == 0
    told = capsys.readouterr().out
    assert f"{run}: 3 recipes" in told
    assert f"{run / 'greedy'}: 2 recipes" in told
    for folder, sampler, limit in ((run, Sampler(1.5), None), (run / "greedy", GREEDY, 2)):
        inputs = read_manifest(folder)["generate"]["inputs"]
        assert Sampler.from_dict(inputs) == sampler
        assert (inputs["limit"], inputs["rule"]) == (limit, "no-repeats-2")
    drawn, greedy = (
        [row["text"] for row in read_jsonl(folder / "predictions.jsonl", "the test")]
        for folder in (run, run / "greedy")
    )
    assert (len(drawn), len(greedy)) == (3, 2)
    assert drawn[:2] != greedy
    assert main(command) == 0
    assert capsys.readouterr().out.count("already generated") == 2


def test_the_report_holds_drawn_against_greedy_on_the_titles_that_both_have(
    tmp_path: Path, data: Path, gold_answers: list[str], predict: Predict
) -> None:
    run = predict("tuned", gold_answers)
    predict("tuned/greedy", ["nothing", gold_answers[1]], **GREEDY.to_dict(), limit=2)
    score(run, data)
    with pytest.raises(TopochefError, match=r"recipe-eval score .*greedy"):
        read_beside(load_run(run))
    command = ["score", str(run), "--data", str(data), "--bertscore", "none"]
    assert main([*command, "--gold-sets", str(tmp_path)]) == 0
    found = read_beside(load_run(run))
    assert found is not None
    assert (found.sampler, found.titles, found.valid) == (str(DEFAULT), 2, (2, 1))
    recall = next(line for line in found.lines if line.title == "Ingredient recall")
    assert recall.drawn is not None
    assert recall.greedy is not None
    assert recall.difference is not None
    assert (recall.drawn.mean, recall.drawn.n, recall.greedy.mean) == (1.0, 2, 0.5)
    assert (recall.difference.mean, recall.difference.low) == (0.5, 0.0)
    write_report([run], tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    tables = (tmp_path / "report.md").read_text()
    for text in (page, tables):
        assert "what the likeliest word would have written" in text
    assert "| tuned, T0.6-p0.95-m0.05, 2 titles | Ingredient recall | 1.000" in tables
    assert "| valid recipes | 2 | 1 |" in tables


def test_a_run_without_greedy_recipes_has_no_such_table(
    tmp_path: Path, data: Path, gold_answers: list[str], predict: Predict
) -> None:
    run = predict("tuned", gold_answers)
    score(run, data)
    assert read_beside(load_run(run)) is None
    write_report([run], tmp_path / "report.html")
    assert "likeliest word" not in (tmp_path / "report.html").read_text()
