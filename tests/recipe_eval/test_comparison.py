"""Configurations against a baseline: seeds are one row, all tests one family."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recipe_base.errors import TopochefError
from recipe_base.files import update_manifest, write_jsonl, write_text
from recipe_eval.cli import main
from recipe_eval.comparing.comparison import compare
from recipe_eval.comparing.runs import Run, load_run

METRICS = ("ingredient_recall", "quantity_precision", "step_edit_distance")
TITLES = 60
CE, TOPO = {"cross_entropy": 1.0}, {"cross_entropy": 0.6, "topological": 0.4}

Scored = Callable[..., Path]


def facts(metric: str, values: list[float], entities: str) -> dict[str, Any]:
    return {
        "title": metric.replace("_", " ").capitalize(),
        "group": "published",
        "lower_is_better": "distance" in metric,
        "mean": float(np.mean(values)),
        "n": len(values),
        "pooled": None,
        "rests_on": {},
        "signature": f"{metric}|n:{len(values)}|entities:{entities}|decoder:T0",
    }


@pytest.fixture
def scored(tmp_path: Path) -> Scored:
    """Write what `recipe-eval score` and the trainer leave of a run."""

    def write(
        name: str, loss: dict[str, float] | None, better: float = 0.0, entities: str = "rules",
        titles: int = TITLES, profile: str = "strict", **settings: Any,
    ) -> Path:  # fmt: skip
        run = tmp_path / "runs" / name
        random = np.random.default_rng(list(name.encode()))
        base = np.random.default_rng(1).uniform(0.2, 0.5, titles)
        values = {
            metric: base
            + (better if metric == "ingredient_recall" else 0.0)
            + random.normal(0, 0.02, titles)
            for metric in METRICS
        }
        middle = "" if profile == "strict" else f".{profile}"
        write_jsonl(
            run / f"scores{middle}.jsonl",
            (
                {"id": f"r{i}", "metric": metric, "value": float(value), "statistics": []}
                for metric, some in values.items()
                for i, value in enumerate(some)
            ),
        )
        summary = {
            "run": name, "profile": profile, "recipes": titles, "failures": {"cut off": ["r1"]},
            "diversity": {},
            "metrics": {m: facts(m, list(v), entities) for m, v in values.items()},
        }  # fmt: skip
        write_text(run / f"summary{middle}.json", json.dumps(summary))
        update_manifest(run, f"score{middle}", {"inputs": {"profile": profile}})
        if loss is not None:
            block = {"tasks": {"default": loss}}
            claim = {"fingerprint": {"seed": 1, "recipe_loss": block, **settings}}
            write_text(run / "adapter" / "recipe_loss.json", json.dumps(claim))
        return run

    return write


@pytest.fixture
def runs(scored: Scored) -> list[Path]:
    """An untuned base, and three seeds each of a baseline and of one that recalls more."""
    return [
        scored("base", None, -0.1),
        *(scored(f"ce-seed{seed}", CE, seed=seed) for seed in (1, 2, 3)),
        *(scored(f"topo-seed{seed}", TOPO, 0.05, seed=seed) for seed in (1, 2, 3)),
    ]


def loaded(folders: list[Path], profile: str = "strict") -> list[Run]:
    return [load_run(folder, profile) for folder in folders]


def test_seeds_of_a_configuration_are_one_row(runs: list[Path]) -> None:
    (found,) = compare([loaded(runs)])
    assert [one.name for one in found.configurations] == ["base", "ce", "topo"]
    assert found.baseline.name == "ce"
    base, ce, topo = found.rows[0].cells
    assert base.seed_sd is None
    assert ce.contrast is None
    assert topo.contrast is not None
    assert topo.mean is not None
    assert len(topo.seed_means) == 3
    assert topo.mean.mean == pytest.approx(np.mean(topo.seed_means))
    assert topo.seed_sd == pytest.approx(np.std(topo.seed_means, ddof=1))
    assert (topo.contrast.effect.seeds, topo.contrast.titles) == (3, TITLES)
    assert topo.contrast.verdict == "better"
    assert [topo.best, base.best] == [True, False]
    assert found.configurations[2].failed == 3


def test_all_tests_that_are_shown_are_one_family(runs: list[Path], scored: Scored) -> None:
    (alone,) = compare([loaded(runs)])
    assert alone.tests == 2 * len(METRICS)
    for folder in runs:
        loss = None if folder.name == "base" else CE if "ce" in folder.name else TOPO
        scored(folder.name, loss, profile="thesis", seed=1)
    both = compare([loaded(runs), loaded(runs, "thesis")])
    assert [one.tests for one in both] == [4 * len(METRICS)] * 2
    for row, same in zip(alone.rows, both[0].rows, strict=True):
        few, many = row.cells[2].contrast, same.cells[2].contrast
        assert few is not None
        assert many is not None
        assert many.effect == few.effect
        assert many.corrected >= few.corrected
    recall = [one.rows[0].cells[2].contrast for one in both]
    assert [one.verdict for one in recall if one] == ["better", "not shown"]


def test_what_differs_beside_the_loss_is_told_by_run(runs: list[Path], scored: Scored) -> None:
    scored("topo-seed3", TOPO, 0.05, seed=3, lora_r=64)
    scored("ce-seed2", CE, seed=2, optimizer="sgd")
    (found,) = compare([loaded(runs)], "ce")
    assert set(found.confounds) == {"base", "ce-seed2", "topo-seed2", "topo-seed3"}
    assert [one.key for one in found.confounds["topo-seed3"]] == ["train.lora_r"]
    assert [one.key for one in found.confounds["ce-seed2"]] == ["train.optimizer"]
    assert found.confounds["base"][0].values == ("recorded", "untuned")


def test_the_baseline_is_a_configuration_or_one_of_its_runs(runs: list[Path]) -> None:
    for name in ("topo", "topo-seed2"):
        (found,) = compare([loaded(runs)], name)
        assert found.baseline.name == "topo"
        assert [one.name for _, one in found.others] == ["base", "ce"]
    with pytest.raises(TopochefError, match="--baseline nobody: choose one of base, ce, topo"):
        compare([loaded(runs)], "nobody")


def test_runs_that_cannot_stand_side_by_side_are_refused(runs: list[Path], scored: Scored) -> None:
    with pytest.raises(TopochefError, match="two runs are called base"):
        compare([loaded([runs[0], runs[0]])])
    with pytest.raises(TopochefError, match="different test titles"):
        compare([loaded([runs[1], scored("short", TOPO, titles=5)])])
    with pytest.raises(TopochefError, match="scored by different rules"):
        compare([loaded([runs[1], scored("asked", TOPO, entities="llm")])])
    with pytest.raises(TopochefError, match="has no run of seed 2, 3"):
        compare([loaded([*runs[1:4], runs[4]])])
    with pytest.raises(
        TopochefError, match="named as seeds of ce, but were trained with different"
    ):
        compare([loaded([runs[1], scored("ce-seed4", TOPO)])])


def test_the_command_prints_and_writes_every_test(
    tmp_path: Path, runs: list[Path], scored: Scored, capsys: pytest.CaptureFixture[str]
) -> None:
    scored("topo-seed1", TOPO, 0.05, seed=1, lora_r=64)
    output = tmp_path / "tests.csv"
    assert main(["compare", *map(str, runs), "--baseline", "ce", "--output", str(output)]) == 0
    printed = capsys.readouterr().out
    lines = printed.splitlines()
    assert lines[0] == "Not only the loss differs:"
    assert "topo-seed1: train.lora_r (– → 64)" in printed
    table = [line for line in lines if str(tmp_path) not in line]
    assert max(map(len, table)) <= 100
    for word in ("topo against ce", "better", "not shown", "Welch t", "Wilcoxon", "bootstrap"):
        assert word in printed
    rows = {(row["run"], row["metric"]): row for row in csv.DictReader(output.open())}
    assert len(rows) == 3 * len(METRICS)
    recall = rows["topo", "ingredient_recall"]
    assert recall["verdict"] == "better"
    assert float(recall["p"]) <= float(recall["p_corrected"]) < 0.05
    assert 0 < float(recall["difference_low"]) < float(recall["difference"])
    assert rows["ce", "ingredient_recall"]["difference"] == ""
    text = output.with_suffix(".md").read_text(encoding="utf-8")
    assert "### topo against ce, strict" in text
    assert "over 6 tests" in text


def test_single_runs_are_no_finding_and_have_the_noise_of_a_study_beside_them(
    tmp_path: Path, scored: Scored, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = [scored("ce", CE), scored("topo", TOPO, 0.3)]
    (alone,) = compare([loaded(runs)])
    contrast = alone.rows[0].cells[1].contrast
    assert contrast is not None
    assert (contrast.verdict, contrast.swing) == ("one run", None)
    write_text(tmp_path / "noise.json", json.dumps({"strict": {"ingredient_recall": 0.0625}}))
    (beside,) = compare([loaded(runs)], study=tmp_path)
    assert [row.cells[1].contrast.swing for row in beside.rows if row.cells[1].contrast] == [
        0.0625, None, None,
    ]  # fmt: skip
    output = tmp_path / "t.csv"
    command = ["compare", *map(str, runs), "--output", str(output), "--study"]
    assert main([*command, str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "± 0.062" in printed
    assert "unknown" in printed
    table = output.with_suffix(".md").read_text("utf-8")
    assert "▲" not in table.split("▲ better")[0]
    assert "| one run |" in table
    assert main([*command, str(tmp_path / "nowhere")]) == 1
    assert "recipe-eval study" in capsys.readouterr().err


def test_scores_of_an_earlier_version_are_asked_for_again(
    runs: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = runs[1] / "summary.json"
    path.write_text(path.read_text().replace('"diversity"', '"else"'))
    assert main(["compare", *map(str, runs)]) == 1
    assert "--profile strict` again" in capsys.readouterr().err


def test_other_files_than_csv_are_refused(
    runs: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", *map(str, runs), "--output", "tests.html"]) == 1
    assert "name a .csv file" in capsys.readouterr().err
