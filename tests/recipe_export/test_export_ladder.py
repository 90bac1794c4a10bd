"""The ladder: every type measured once, told in a table, a page and a plot."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from recipe_base.errors import TopochefError
from recipe_base.files import sha256, update_manifest, write_text
from recipe_base.runs import Run
from recipe_data.sampling import Sampler
from recipe_export.cli import main
from recipe_export.ladder import rungs, speed
from recipe_export.ladder.recipes import commands, read_scores
from recipe_export.ladder.rungs import Rung, measure, read_rung
from recipe_export.ladder.speed import Speed, measure_speed
from recipe_export.proofs.agreement import Agreement

RUN = Path("runs/tiny-topo")
KINDS = ["F16", "Q8_0", "Q4_K_M"]
LADDER = ["ladder", str(RUN), "--types", ",".join(reversed(KINDS))]


@pytest.fixture
def measured(exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A finished export as the current directory, and the files whose speed was asked for."""
    shutil.copytree(exported, tmp_path / RUN)
    monkeypatch.chdir(tmp_path)
    asked: list[str] = []

    def instead(path: Path, tokens: Any, threads: int) -> Speed:
        asked.append(path.stem.rpartition("-")[2])
        return Speed(1000.0, 123.4 + len(asked), 10_000_000 + len(asked))

    monkeypatch.setattr(rungs, "measure_speed", instead)
    return asked


def score(folder: Path, file: Path, recall: float, **asked: Any) -> None:
    """Leave what `recipe-eval` leaves, as far as the ladder reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "predictions.jsonl").write_text(f'{{"of":"{file.name}"}}\n')
    asked = {**Sampler(0.7, top_p=0.9).to_dict(), "limit": None, **asked}
    inputs = {"gguf": file.name, "gguf_sha256": sha256(file), **asked}
    update_manifest(folder, "generate", {"inputs": inputs})
    predictions = sha256(folder / "predictions.jsonl")
    update_manifest(folder, "score", {"inputs": {"predictions_sha256": predictions}})
    metric = {"title": "Ingredient recall", "mean": recall, "low": 0.1, "high": 0.9}
    facts = {"recipes": 7, "profile": "strict", "metrics": {"recall": metric}}
    metric["lower_is_better"] = False
    write_text(folder / "summary.json", json.dumps(facts))


def test_the_ladder_is_told_in_three_files_and_a_table(
    measured: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    score(RUN, RUN / "gguf/tiny-topo-F16.gguf", 0.4321)
    assert main(LADDER) == 0
    told = capsys.readouterr()
    facts = json.loads((RUN / "ladder" / "ladder.json").read_text())
    found = [Rung.from_dict(rung) for rung in facts["rungs"]]
    assert [rung.kind for rung in found] == KINDS
    assert [rung.bytes for rung in found] == [(RUN / r.file).stat().st_size for r in found]
    assert [round(rung.bits_per_weight, 1) for rung in found] == pytest.approx([16, 8.5, 5], abs=1)
    top, q8, q4 = (rung.agreement for rung in found)
    assert (top.kl, top.top1) == (0, 1)
    assert 0 < q8.kl < q4.kl < 0.1
    assert found[2].tensor_types.keys() == {"F32", "Q4_K", "Q6_K"}

    assert facts["recipes"]["F16"]["sampler"] == Sampler(0.7, top_p=0.9).to_dict()
    page = (RUN / "ladder" / "ladder.html").read_text()
    for words in ("tiny-topo</h1>", "<svg", "0.432", "Q4_K_M", "built-in recipes"):
        assert words in page
    assert "<script" not in page
    assert (RUN / "ladder" / "ladder.png").read_bytes().startswith(b"\x89PNG")
    assert "0.432" in told.out
    assert "Ingredient recall" in told.out
    assert "recipe-eval generate runs/tiny-topo/ladder/Q4_K_M --gguf" in told.err
    assert "ladder/F16" not in told.err
    assert not list(RUN.rglob("*.part"))


def test_what_was_measured_is_kept_after_a_stop(
    measured: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run.open(RUN)
    measure(run, "F16")
    assert main(LADDER) == 0
    assert measured == ["F16", "Q4_K_M", "Q8_0"]
    before = sha256(RUN / "ladder")
    capsys.readouterr()
    assert main(LADDER) == 0
    assert capsys.readouterr().out.count("already measured") == 3
    assert sha256(RUN / "ladder") == before
    monkeypatch.setattr(rungs, "PROMPT_TOKENS", 8)
    assert "tokens/s" in measure(run, "Q8_0")
    assert measured[-1] == "Q8_0"


def test_scores_of_other_files_or_other_questions_are_left_out(measured: list[str]) -> None:
    run = Run.open(RUN)
    files = {kind: run.gguf(kind) for kind in KINDS}
    for kind in KINDS:
        measure(run, kind)
    found = [read_rung(run, kind) for kind in KINDS]
    score(RUN, files["F16"], 0.4)
    score(RUN / "ladder/Q8_0", files["F16"], 0.3)
    score(RUN / "ladder/Q4_K_M", files["Q4_K_M"], 0.2)
    assert {kind: s.metrics["recall"]["mean"] for kind, s in read_scores(run, found).items()} == {
        "F16": 0.4,
        "Q4_K_M": 0.2,
    }
    score(RUN / "ladder/Q8_0", files["Q8_0"], 0.3)
    for other in ({"limit": 3}, {"top_p": 0.8}):
        score(RUN / "ladder/Q4_K_M", files["Q4_K_M"], 0.2, **other)
        assert read_scores(run, found).keys() == {"F16", "Q8_0"}
    (RUN / "ladder/Q8_0/predictions.jsonl").write_text("generated anew\n")
    assert read_scores(run, found).keys() == {"F16"}
    assert "'a b'/" in commands(run, found[:1], Path("a b/c")).replace("'a b/c'", "'a b'/c")


def test_speed_and_memory_are_those_of_a_process_of_its_own(
    exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed, "SECONDS", 0.0)
    path = exported / "gguf" / "tiny-topo-Q8_0.gguf"
    found = measure_speed(path, [5, 6, 7], threads=1)
    assert found.prompt_per_second > 1
    assert found.generated_per_second > 1
    assert path.stat().st_size < found.peak_bytes < 500_000_000


def test_a_file_that_cannot_run_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF nothing")
    with pytest.raises(TopochefError, match=r"broken\.gguf could not be run .*cannot load"):
        measure_speed(broken, [5], threads=1)


def test_tensors_of_other_types_are_told_below_the_table() -> None:
    from recipe_export.ladder.page import note

    close = Agreement(kl=0.01, top1=0.9, positions=2048)
    rung = Rung(
        kind="Q4_K_M",
        file="gguf/x-Q4_K_M.gguf",
        sha256="",
        bytes=1,
        bits_per_weight=5.0,
        tensor_types={"Q5_0": 2},
        tensors_replaced=["a", "b"],
        speed=Speed(1.0, 1.0, 1),
        agreement=close,
        probes="the built-in recipes",
    )
    assert "took another: 2 of Q4_K_M." in note([rung])
    assert "took another" not in note([rung._replace(tensors_replaced=[])])
    assert Rung.from_dict(json.loads(json.dumps(rung.to_dict()))) == rung
