from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from recipe_data.errors import TopochefError
from recipe_eval.cli import main
from recipe_eval.comparison import compare, load_run
from recipe_eval.curves import read_curves
from recipe_eval.gallery import choose_samples
from recipe_eval.metrics import PROFILES
from recipe_eval.report import write_report
from recipe_eval.score import score
from recipe_eval.tables import comma_separated, markdown

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
    for heading in ("Results", "Differences to tuned", "Training", "From the kitchen", "Behind"):
        assert f"<h2>{heading}" in page
    for title in ("Buttered Rice", "Cheese Toast", "Garlic Spaghetti"):
        assert f"<h3>{title}</h3>" in page
    assert "Failed: not JSON" in page
    assert page.count("<svg ") == 3
    assert "forgotten: " in page


def test_the_same_runs_give_the_same_bytes(tmp_path: Path, runs: list[Path]) -> None:
    write_report(runs, tmp_path / "one.html")
    write_report(runs, tmp_path / "two.html")
    for suffix in (".html", ".md", ".csv"):
        one, two = (tmp_path / f"{name}{suffix}" for name in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()


def test_markdown_and_csv_hold_the_numbers(runs: list[Path]) -> None:
    comparison = compare([load_run(folder) for folder in runs])
    table = markdown(comparison)
    assert re.search(r"\| tuned \| \*\*1\.0000\*\* \|", table)
    assert "| 2/3 |" in table
    assert "quantity_precision|names:last2-porter" in table
    rows = list(csv.DictReader(comma_separated(comparison).splitlines()))
    assert len(rows) == 3 * len(PROFILES["strict"])
    recall = {row["run"]: row for row in rows if row["metric"] == "ingredient_recall"}
    assert float(recall["tuned"]["mean"]) == 1.0
    assert float(recall["base"]["gain"]) < 0
    assert recall["tuned"]["gain"] == ""


def test_gains_are_measured_against_the_first_tuned_run(runs: list[Path]) -> None:
    loaded = [load_run(folder) for folder in runs]
    assert compare(loaded).baseline.name == "tuned"
    assert compare(loaded, "base").baseline.name == "base"
    with pytest.raises(TopochefError, match="choose one of base, tuned, other"):
        compare(loaded, "nobody")


def test_a_gain_is_above_zero_where_a_distance_fell(runs: list[Path]) -> None:
    comparison = compare([load_run(folder) for folder in runs], "base")
    gains = {row.name: row.cells[1].gain for row in comparison.rows}
    for name in ("ingredient_recall", "action_edit_distance"):
        gain = gains[name]
        assert gain is not None
        assert gain.mean > 0


def test_the_best_mean_of_a_distance_is_the_lowest(runs: list[Path]) -> None:
    comparison = compare([load_run(folder) for folder in runs])
    for row in comparison.rows:
        best = {run.name for run, cell in zip(comparison.runs, row.cells, strict=True) if cell.best}
        assert "tuned" in best
        assert "base" not in best


def test_runs_over_different_titles_are_not_compared(
    data: Path, gold_answers: list[str], predict: Predict, runs: list[Path]
) -> None:
    short = predict("short", gold_answers[:2], limit=2)
    score(short, data)
    with pytest.raises(TopochefError, match="different test titles"):
        compare([load_run(runs[0]), load_run(short)])
    with pytest.raises(TopochefError, match="two runs are called base"):
        compare([load_run(runs[0]), load_run(runs[0])])


def test_hits_and_misses_are_marked_as_the_metrics_count_them(runs: list[Path]) -> None:
    comparison = compare([load_run(folder) for folder in runs])
    samples = {sample.title: sample for sample in choose_samples(comparison, 3)}
    gold, base, tuned, other = samples["Cheese Toast"].dishes
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
