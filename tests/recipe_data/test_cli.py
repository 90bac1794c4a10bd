"""The commands of `recipe-data` as a user runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from recipe_base.files import read_manifest
from recipe_data import tiny
from recipe_data.cli import main
from recipe_data.gold import GOLD_SETS


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small demo corpus and its build, made by the commands themselves."""
    folder = tmp_path_factory.mktemp("work") / "data"
    assert main(["demo-corpus", "--output", str(folder), "--rows", "130", "--seed", "5"]) == 0
    assert main(["build", str(folder / "corpus.csv"), "--output", str(folder)]) == 0
    return folder


def test_corpus_and_build_share_a_folder_and_its_manifest(data: Path) -> None:
    manifest = read_manifest(data)
    assert list(manifest) == ["demo-corpus", "build"]
    assert manifest["demo-corpus"]["inputs"] == {"rows": 130, "seed": 5}
    assert manifest["build"]["rows"]["read"] == 130
    assert not [path.name for path in data.iterdir() if path.name.startswith(".")]


def test_the_corpus_is_composed_once(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (data / "corpus.csv").stat().st_mtime_ns
    assert main(["demo-corpus", "--output", str(data), "--rows", "130", "--seed", "5"]) == 0
    assert "is there already" in capsys.readouterr().out
    assert (data / "corpus.csv").stat().st_mtime_ns == before
    assert main(["demo-corpus", "--output", str(data), "--rows", "131", "--seed", "5"]) == 1
    assert "already holds another run (demo-corpus: rows differ)" in capsys.readouterr().err


def test_build_prints_every_count(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", str(data / "corpus.csv"), "--output", str(data)]) == 0
    printed = capsys.readouterr().out
    assert "already built" in printed
    facts = read_manifest(data)["build"]
    lines = [line.split() for line in printed.replace("│", " ").splitlines()]
    assert ["rows", "read", "130"] in lines
    assert ["kept", str(facts["rows"]["kept"])] in lines
    for reason, count in facts["rows"]["rejected"].items():
        assert ["rejected:", *reason.split(), str(count)] in lines
    assert ["test", str(facts["splits"]["test"])] in lines


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["build", "none.csv"], "none.csv does not exist"),
        (["build", "wrong.csv"], "the header is 'a,b', expected"),
        (["build", "wrong.csv", "--title", "(rice"], "--title (rice: no regular expression"),
        (["build", "wrong.csv", "--dishes", "soup"], "'soup' unknown: choose from pasta"),
        (["tiny-model", "--data", "empty"], "empty holds no build: run `recipe-data build SOURCE"),
    ],
)
def test_mistakes_end_in_one_clear_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("wrong.csv").write_text("a,b\n1,2\n")
    assert main([*arguments, "--output", "out"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert message in error
    assert not Path("out").exists()


@pytest.mark.parametrize("value", ["0", "-3", "many"])
def test_counts_are_positive(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["build", "x.csv", "--output", "out", "--limit", value])
    assert "--limit" in capsys.readouterr().err


def test_the_tiny_model_reads_pretraining_and_training_texts(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, Any] = {}

    def grow(texts: Iterable[str], output: Path, *, vocab_size: int) -> dict[str, Any]:
        seen.update(texts=list(texts), output=output, vocab_size=vocab_size)
        return {"parameters": 1_000_000, "vocab_size": vocab_size}

    monkeypatch.setattr(tiny, "grow_tiny_model", grow)
    output = tmp_path / "tiny-init"
    assert main(["tiny-model", "--data", str(data), "--output", str(output)]) == 0
    splits = read_manifest(data)["build"]["splits"]
    assert (seen["output"], seen["vocab_size"]) == (output, 2048)
    assert len(seen["texts"]) == splits["train"] * 4  # a text, and three messages, per recipe
    train = [json.loads(line) for line in (data / "train.jsonl").read_text().splitlines()]
    assert seen["texts"][-1] == train[-1]["messages"][-1]["content"]


def test_gold_names_a_missing_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gold", str(tmp_path / "nowhere")]) == 1
    assert "nowhere" in capsys.readouterr().err


def test_gold_is_looked_for_where_it_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(GOLD_SETS, raising=False)
    assert main(["gold"]) == 1
    assert "name the folder of the gold sets, or set TOPOCHEF_GOLD" in capsys.readouterr().err
    monkeypatch.setenv(GOLD_SETS, "elsewhere")
    assert main(["gold"]) == 1
    assert "elsewhere/ingredient_gold.jsonl.gz does not exist" in capsys.readouterr().err


@pytest.mark.heavy
def test_build_never_imports_torch(data: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from recipe_data.cli import main; status = main(sys.argv[1:]); "
        "heavy = {'torch', 'transformers', 'numpy'} & set(sys.modules); "
        "assert not heavy, heavy; sys.exit(status)"
    )
    command = ["build", str(data / "corpus.csv"), "--output", str(tmp_path / "out")]
    done = subprocess.run(
        [sys.executable, "-c", code, *command], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "train.jsonl").is_file()


@pytest.mark.heavy
def test_real_rows_are_all_used_or_counted(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "recipenlg_sample.csv"
    assert main(["build", str(source), "--output", str(tmp_path), "--limit", "300"]) == 0
    rows = read_manifest(tmp_path)["build"]["rows"]
    assert rows["read"] == 956
    assert rows["kept"] + sum(rows["rejected"].values()) == 956
    assert rows["rejected"]["not drawn"] == 656
    assert rows["kept"] > 285
