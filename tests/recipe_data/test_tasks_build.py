"""`recipe-data build --tasks`: every chosen task in the right split, nothing else new."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from recipe_base.files import read_manifest, sha256
from recipe_data.building.build import OUTPUTS, Options, build
from recipe_data.cli import main
from recipe_data.demo.compose import write_corpus
from recipe_data.tasks import curated_rows
from recipe_data.tasks.registry import ALL


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("corpus") / "corpus.csv"
    write_corpus(path, path.with_suffix(".gold.jsonl"), rows=120, seed=3)
    return path


@pytest.mark.heavy
def test_a_build_holds_the_chosen_tasks_in_the_splits_of_their_recipes(
    corpus: Path, tmp_path: Path
) -> None:
    build(corpus, tmp_path / "plain", Options())
    facts = build(corpus, tmp_path / "all", Options(tasks=ALL))
    same = [name for name in OUTPUTS if name.split(".")[0] in ("recipes", "rejected", "pretrain")]
    assert [sha256(tmp_path / "all" / n) for n in same] == [
        sha256(tmp_path / "plain" / n) for n in same
    ]
    splits = {r["id"]: r["split"] for r in _read(tmp_path / "all" / "recipes.jsonl")}
    curated = {row.id for row in curated_rows()}
    for split in ("train", "validation", "test"):
        made = _read(tmp_path / "all" / f"{split}.jsonl")
        titles = [row for row in made if row["id"].endswith("-recipe")]
        assert titles == _read(tmp_path / "plain" / f"{split}.jsonl")
        generated = [row for row in made if row["id"] not in curated]
        assert {splits[row["id"].split("-")[0]] for row in generated} == {split}
        assert facts["tasks"][split] == Counter(row["task"] for row in made)
        curated -= {row["id"] for row in made}
    assert not curated
    assert "tasks" not in read_manifest(tmp_path / "plain")["build"]["inputs"]
    assert facts["inputs"]["tasks"] == sorted(ALL)


def test_a_build_without_recipes_by_title(corpus: Path, tmp_path: Path) -> None:
    facts = build(corpus, tmp_path / "some", Options(tasks=frozenset({"time", "scaling"})))
    assert all(set(counts) == {"time", "scaling"} for counts in facts["tasks"].values())


def test_the_command_takes_tasks_and_counts_them(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["build", str(corpus), "--output", str(tmp_path / "data")]
    assert main([*command, "--tasks", "recipe,scaling"]) == 0
    counts = read_manifest(tmp_path / "data")["build"]["tasks"]
    shown = " / ".join(str(counts[s]["scaling"]) for s in ("train", "validation", "test"))
    assert "scaling, by split" in (out := capsys.readouterr().out)
    assert shown in out
    assert main([*command, "--tasks", "recipe"]) == 1
    assert "build: tasks differ" in capsys.readouterr().err
    assert main([*command, "--tasks", "soup"]) == 1
    assert "'soup' unknown: choose from recipe" in capsys.readouterr().err


def _read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
