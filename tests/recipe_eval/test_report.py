from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from recipe_base.errors import TopochefError
from recipe_base.files import read_manifest, to_json, update_manifest, write_text
from recipe_eval.cli import main
from recipe_eval.comparing.comparison import Comparison, compare
from recipe_eval.comparing.runs import load_run
from recipe_eval.metrics import PROFILES
from recipe_eval.reporting.csv_rows import comma_separated
from recipe_eval.reporting.curves import read_curves
from recipe_eval.reporting.gallery import choose_samples
from recipe_eval.reporting.report import markdown, write_report
from recipe_eval.reporting.worst import worst_recipes
from recipe_eval.scoring.score import score

pytestmark = pytest.mark.heavy

Predict = Callable[..., Path]

HOSTILE = (
    '{"ingredients":["200 g <script>alert(1)</script>","salt & \\"pepper\\""],'
    '"instructions":["<img src=http://example.org/x onerror=alert(1)> Boil for 5 minutes."]}'
)


@pytest.fixture
def runs(data: Path, gold_answers: list[str], predict: Predict) -> list[Path]:
    """A base that fails, a tuned run that is right, and one that is half right."""
    folders = [
        predict("base", ["nothing", HOSTILE, gold_answers[0]]),
        predict("tuned", gold_answers),
        predict("other", [gold_answers[0], gold_answers[0], gold_answers[2]]),
    ]
    for folder in folders:
        score(folder, data)
    state = {
        "global_step": 20,
        "log_history": [
            {"step": 10, "loss": 3.0, "recipe_loss/topological": 0.4, "grad_norm": 1.0},
            {"step": 20, "loss": 2.0, "recipe_loss/topological": 0.3, "recipe_loss/share/x": 1.0},
            {"step": 20, "eval_loss": 2.5},
        ],
    }
    for folder in folders[1:]:
        checkpoint = folder / "adapter" / "checkpoint-20"
        checkpoint.mkdir(parents=True)
        (checkpoint / "trainer_state.json").write_text(json.dumps(state))
    return folders


def compared(runs: list[Path], baseline: str | None = None) -> Comparison:
    (found,) = compare([[load_run(folder) for folder in runs]], baseline)
    return found


class Links(HTMLParser):
    """Collects the tags of a page, and whatever it would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            local = (value or "").startswith("#")
            if name in {"src", "href", "xlink:href", "srcset", "data"} and not local:
                self.fetched.append(f"{tag} {name}={value}")


def test_the_page_stands_alone_and_escapes_what_models_say(
    tmp_path: Path, runs: list[Path]
) -> None:
    output = tmp_path / "runs" / "report.html"
    write_report(runs, output)
    page = output.read_text(encoding="utf-8")
    links = Links()
    links.feed(page)
    assert links.fetched == []
    assert links.tags.isdisjoint({"script", "img", "iframe", "link", "object"})
    assert "url(http" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "default-src 'none'" in page


def test_the_page_shows_every_section(tmp_path: Path, runs: list[Path]) -> None:
    output = tmp_path / "report.html"
    write_report(runs, output, samples=3)
    page = output.read_text(encoding="utf-8")
    for heading in (
        "Results, strict", "Differences to tuned", "Training", "From the kitchen",
        "What went wrong", "Diversity", "Behind the numbers",
    ):  # fmt: skip
        assert f"<h2>{heading}" in page
    for absent in ("Published numbers", "Quantization", "What training took"):
        assert f"<h2>{absent}" not in page
    for title in ("Buttered Rice", "Cheese Toast", "Garlic Spaghetti"):
        assert f"<h3>{title}</h3>" in page
    assert "Failed: not JSON" in page
    assert "base</b>: train (not recorded → untuned)" in page
    assert page.count("<svg ") == 5
    assert "forgotten: " in page
    assert 'type="radio"' not in page


def test_cost_and_ladder_are_shown_where_they_were_measured(
    tmp_path: Path, runs: list[Path]
) -> None:
    cost = {"steps": 12, "tokens": 34567, "seconds": 8.5, "peak_bytes": 9e8, "processes": 1}
    (runs[1] / "adapter" / "cost.json").write_text(json.dumps({**cost, "device": "cpu"}))
    speed = {"prompt_per_second": 9e3, "generated_per_second": 800.0, "peak_bytes": 2e7}
    close = {"kl": 0.004, "top1": 0.96, "top1_or_tie": 0.97, "positions": 99}
    rung = {"kind": "Q4_K_M", "bytes": 1.9e6, "bits_per_weight": 4.9}
    ladder = {"rungs": [{**rung, "speed": speed, "agreement": close}], "recipes": {}}
    (runs[1] / "ladder").mkdir()
    (runs[1] / "ladder" / "ladder.json").write_text(json.dumps(ladder))
    output = tmp_path / "report.html"
    write_report(runs, output)
    for text in (output.read_text("utf-8"), output.with_suffix(".md").read_text("utf-8")):
        assert "What training took" in text
        assert "34,567" in text
        assert "Q4_K_M" in text
        assert "4.0e-03" in text


def scored_twice(run: Path) -> None:
    """Let the scores of `strict` stand for those of `thesis`, which need a model."""
    summary = json.loads((run / "summary.json").read_text())
    write_text(run / "summary.thesis.json", to_json({**summary, "profile": "thesis"}))
    write_text(run / "scores.thesis.jsonl", (run / "scores.jsonl").read_text())
    update_manifest(run, "score.thesis", read_manifest(run)["score"])


def test_two_profiles_have_a_switch(tmp_path: Path, runs: list[Path]) -> None:
    scored_twice(runs[0])
    output = tmp_path / "report.html"
    with pytest.raises(TopochefError, match="tuned --profile thesis`, or choose"):
        write_report(runs, output)
    for run in runs[1:]:
        scored_twice(run)
    write_report(runs, output)
    page = output.read_text(encoding="utf-8")
    assert page.count('type="radio"') == 2
    assert "<h2>Results, strict" in page
    assert "<h2>Results, thesis" in page
    assert {row["profile"] for row in csv.DictReader(output.with_suffix(".csv").open())} == {
        "strict", "thesis",
    }  # fmt: skip
    write_report(runs, output, profiles=["thesis"])
    assert "<h2>Results, strict" not in output.read_text(encoding="utf-8")


def test_the_worst_recipes_are_failures_first_with_the_reason(runs: list[Path]) -> None:
    worst = {one.name: some for one, some in worst_recipes(compared(runs), count=2)}
    assert worst["base"][0].why == "failed: not JSON"
    assert worst["other"][0].title == "Cheese Toast"
    assert "forgot: bread · cheddar cheese" in worst["other"][0].why
    assert "not in gold: 200 g rice" in worst["other"][0].why
    assert worst["tuned"][0].mean == 1.0


def test_the_same_runs_give_the_same_bytes(tmp_path: Path, runs: list[Path]) -> None:
    write_report(runs, tmp_path / "one.html")
    write_report(runs, tmp_path / "two.html")
    for suffix in (".html", ".md", ".csv"):
        one, two = (tmp_path / f"{name}{suffix}" for name in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()


def test_markdown_and_csv_hold_the_numbers(runs: list[Path]) -> None:
    comparison = compared(runs)
    table = markdown([comparison])
    assert re.search(r"\| Ingredient recall \| [^|]*\| \*\*1\.000 ± 0\.000\*\* \|", table)
    assert "| valid | 2/3 |" in table
    assert "quantity_precision|names:last2-porter" in table
    rows = list(csv.DictReader(comma_separated([comparison]).splitlines()))
    assert len(rows) == 3 * len(PROFILES["strict"])
    recall = {row["run"]: row for row in rows if row["metric"] == "ingredient_recall"}
    assert float(recall["tuned"]["mean"]) == 1.0
    assert float(recall["base"]["difference"]) < 0
    assert recall["tuned"]["difference"] == ""


def test_a_gain_is_above_zero_where_a_distance_fell(runs: list[Path]) -> None:
    gains = {row.name: row.cells[1].contrast for row in compared(runs, "base").rows}
    for name in ("ingredient_recall", "action_edit_distance"):
        contrast = gains[name]
        assert contrast is not None
        assert contrast.gain > 0


def test_the_best_mean_of_a_distance_is_the_lowest(runs: list[Path]) -> None:
    comparison = compared(runs)
    for row in comparison.rows:
        names = [one.name for one in comparison.configurations]
        best = {name for name, cell in zip(names, row.cells, strict=True) if cell.best}
        assert "tuned" in best
        assert "base" not in best


def test_hits_and_misses_are_marked_as_the_metrics_count_them(runs: list[Path]) -> None:
    comparison = compared(runs)
    samples = {sample.title: sample for sample in choose_samples(comparison, 3)}
    gold, base, tuned, other = samples["Cheese Toast"].columns
    assert {line.mark for line in gold.lines} == {"plain"}
    assert {line.mark for line in tuned.lines} == {"hit"}
    assert tuned.forgotten == ()
    assert {line.mark for line in other.lines} == {"miss"}
    assert other.forgotten == ("bread", "cheddar cheese")
    assert [(part.text, part.mark) for part in tuned.steps[1] if part.mark != "plain"] == [
        ("Bake", "hit"),
        ("200 °C", "hit"),
        ("8 minutes.", "hit"),
    ]
    assert "".join(part.text for part in base.steps[0]).startswith("<img src=http")
    assert ("12 minutes.", "miss") in [tuple(part) for part in other.steps[0]]


def test_only_losses_are_drawn(runs: list[Path]) -> None:
    curves = {curve.name: curve for curve in read_curves(runs[1])}
    assert set(curves) == {"loss", "topological", "eval_loss"}
    assert curves["topological"].steps == (10, 20)
    assert curves["topological"].values == (0.4, 0.3)
    assert read_curves(runs[0]) == []


def test_one_untrained_run_has_a_report(
    tmp_path: Path, data: Path, predict: Predict, capsys: pytest.CaptureFixture[str]
) -> None:
    run = predict("alone", ["", "", ""])
    score(run, data)
    assert main(["report", str(run), "--output", str(tmp_path / "alone.html")]) == 0
    page = (tmp_path / "alone.html").read_text(encoding="utf-8")
    assert "<h2>Differences" not in page
    assert "<h2>Training" not in page
    assert "Valid recipes" in capsys.readouterr().out


def test_a_run_without_scores_says_what_to_run(
    tmp_path: Path, gold_answers: list[str], predict: Predict, capsys: pytest.CaptureFixture[str]
) -> None:
    run = predict("unscored", gold_answers)
    assert main(["report", str(run), "--output", str(tmp_path / "r.html")]) == 1
    assert "recipe-eval score" in capsys.readouterr().err
    assert not (tmp_path / "r.html").exists()
