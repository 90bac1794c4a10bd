"""Published numbers stand only beside runs of the same model and the same loss."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recipe_eval.reporting import published
from recipe_eval.reporting.published import Published, published_as
from recipe_eval.reporting.report import write_report
from recipe_eval.scoring.score import score
from recipe_eval.statistics.significance import Moments, welch

THESIS = {"spans": ["ingredient"], "preset": "thesis", "blur": 0.05}
MIX = {"cross_entropy": 0.6, "topological": 0.4}


def run(folder: Path, base_model: str, mix: Any, **terms: Any) -> Path:
    claim = {
        "fingerprint": {
            "base_model": base_model,
            "recipe_loss": {"tasks": {"default": mix, "numeric": {"numeric": 1.0}}, **terms},
        }
    }
    (folder / "adapter").mkdir(parents=True)
    (folder / "adapter" / "recipe_loss.json").write_text(json.dumps(claim))
    return folder


@pytest.mark.parametrize(
    ("base_model", "mix", "terms", "expected"),
    [
        ("Qwen/Qwen3-4B", {"cross_entropy": 1.0}, {}, Published("Qwen3-4B", "ce")),
        ("Qwen/Qwen3-4B-Instruct-2507", "thesis-dice", {}, Published("Qwen3-4B", "dice")),
        ("/models/SmolLM3-3B/", MIX, {"topological": THESIS},
         Published("SmolLM3-3B", "topological")),
        ("Qwen/Qwen2.5-1.5B-Instruct", {"cross_entropy": 0.6, "focal": 0.4}, {},
         Published("Qwen2-1.5B", "focal")),
        ("runs/tiny-base/merged", MIX, {"topological": THESIS}, None),
        ("Qwen/Qwen3-8B", {"cross_entropy": 1.0}, {}, None),
        ("Qwen/Qwen3-4B", {"cross_entropy": 0.7, "dice": 0.3}, {}, None),
        ("Qwen/Qwen3-4B", MIX, {"topological": {**THESIS, "preset": None}}, None),
        ("Qwen/Qwen3-4B", MIX, {"topological": {**THESIS, "top_k": 256}}, None),
        ("Qwen/Qwen3-4B", {"cross_entropy": 1.0},
         {"cross_entropy": {"span_weights": {"ingredient": 2.0}}}, None),
        ("Qwen/Qwen3-4B", {"cross_entropy": 0.6, "focal": 0.4}, {"focal": {"gamma": 5.0}}, None),
    ],
)  # fmt: skip
def test_a_run_matches_its_published_model_and_loss(
    tmp_path: Path, base_model: str, mix: Any, terms: dict[str, Any], expected: Published | None
) -> None:
    assert published_as(run(tmp_path / "run", base_model, mix, **terms)) == expected


def test_an_untrained_run_matches_nothing(tmp_path: Path) -> None:
    assert published_as(tmp_path) is None


def test_the_tables_hold_what_was_published() -> None:
    means = published._means()
    assert len(means) == 16
    assert means[Published("Qwen3-4B", "topological")]["ingredient_recall"] == 0.485976
    assert len(published._rows("tests.csv")) == 32
    for row in published._rows("tests.csv"):
        ours, theirs = (
            Moments(float(row[f"mean_{side}"]), float(row[f"std_{side}"]), 1000) for side in "ba"
        )
        t, _ = published._tests()[row["group_b"], row["group_a"], published._ours(row["metric"])]
        assert welch(ours, theirs).statistic == pytest.approx(t, abs=0.15)


@pytest.mark.heavy
def test_the_page_shows_them_beside_ours(
    tmp_path: Path, data: Path, gold_answers: list[str], predict: Callable[..., Path]
) -> None:
    folders = [
        predict("qwen3-4b-ce", [gold_answers[0], gold_answers[0], gold_answers[2]]),
        predict("qwen3-4b-topo", gold_answers),
    ]
    run(folders[0], "Qwen/Qwen3-4B", {"cross_entropy": 1.0})
    run(folders[1], "Qwen/Qwen3-4B", MIX, topological=THESIS)
    for folder in folders:
        score(folder, data)
    output = tmp_path / "report.html"
    write_report(folders, output)
    page = output.read_text(encoding="utf-8")
    assert "<h2>Published numbers beside ours, strict</h2>" in page
    assert "<h3>qwen3-4b-topo (Qwen3-4B, topological)</h3>" in page
    assert "<td>0.486</td><td>1.000 [1.000, 1.000]</td>" in page
    assert "<td>39.40</td><td>&lt;0.0001</td>" in page
    assert "| qwen3-4b-topo − qwen3-4b-ce | Ingredient recall | 39.40 |" in output.with_suffix(
        ".md"
    ).read_text(encoding="utf-8")
