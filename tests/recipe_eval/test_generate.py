from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from recipe_base.errors import TopochefError
from recipe_base.files import read_manifest
from recipe_base.runs import Run
from recipe_data.sampling import GREEDY, Sampler
from recipe_eval.cli import main
from recipe_eval.generating.generate import already_generated, generate, inputs_of
from recipe_eval.generating.requests import read_requests
from recipe_kitchen.asking import Decoder
from recipe_kitchen.backends.choice import Choice

FIRST = '{"ingredients":["200 g rice"],"instructions":["Boil."]}'


@pytest.fixture
def gguf(tmp_path: Path) -> Path:
    path = tmp_path / "model-F16.gguf"
    path.write_bytes(b"not read by the stand-in")
    return path


def inputs_for(gguf: Path, data: Path, decoder: Decoder | None = None) -> dict[str, Any]:
    return inputs_of(Choice("llamacpp", gguf).inputs(), data, decoder or Decoder(), None)


def cook(run: Path, data: Path, gguf: Path, backend: Any, decoder: Decoder | None = None) -> None:
    chosen = decoder or Decoder()
    inputs = inputs_for(gguf, data, chosen)
    generate(run, read_requests(data), backend, chosen, inputs)


def test_requests_are_the_recipe_rows_with_their_titles(data: Path) -> None:
    requests = read_requests(data)
    assert [request.title for request in requests] == [
        "Buttered Rice",
        "Cheese Toast",
        "Garlic Spaghetti",
    ]
    assert [message["role"] for message in requests[0].messages] == ["system", "user"]
    assert len(read_requests(data, limit=2)) == 2


def test_predictions_are_written_once_with_their_facts(
    tmp_path: Path, data: Path, gguf: Path, echo: Any
) -> None:
    run = tmp_path / "run"
    cook(run, data, gguf, echo())
    rows = [json.loads(line) for line in (run / "predictions.jsonl").read_text().splitlines()]
    assert [row["id"] for row in rows] == ["demo-0-recipe", "demo-1-recipe", "demo-2-recipe"]
    assert set(rows[0]) == {
        "id", "title", "text", "finish_reason", "prompt_tokens", "completion_tokens", "seed",
        "attempts", "error", "rewinds", "repeated",
    }  # fmt: skip
    facts = read_manifest(run)["generate"]
    assert facts["rows"] == 3
    assert facts["finish_reasons"] == {"stop": 3}
    assert (facts["failures"], facts["asked_again"]) == ({}, 0)
    assert facts["inputs"]["max_tokens"] == 512
    assert {path.name for path in run.iterdir()} == {"predictions.jsonl", "manifest.json"}
    assert already_generated(run, inputs_for(gguf, data))


def test_another_decoder_never_replaces_predictions(
    tmp_path: Path, data: Path, gguf: Path, echo: Any
) -> None:
    run = tmp_path / "run"
    cook(run, data, gguf, echo())
    with pytest.raises(TopochefError, match="temperature"):
        already_generated(run, inputs_for(gguf, data, Decoder(sampler=Sampler(0.7))))


def test_predictions_of_unknown_origin_are_never_replaced(
    tmp_path: Path, data: Path, gguf: Path
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "predictions.jsonl").write_text("{}\n")
    with pytest.raises(TopochefError, match="not in the manifest"):
        already_generated(run, inputs_for(gguf, data))


@pytest.mark.parametrize("torn", [b"", b'{"id":"demo-2-rec'])
@pytest.mark.parametrize("patience", [0, 1, 2])
def test_a_stopped_run_goes_on_to_the_same_bytes(
    tmp_path: Path, data: Path, gguf: Path, echo: Any, patience: int, torn: bytes
) -> None:
    cook(tmp_path / "whole", data, gguf, echo())
    run = tmp_path / "stopped"
    with pytest.raises(KeyboardInterrupt):
        cook(run, data, gguf, echo(patience))
    assert not (run / "predictions.jsonl").exists()
    (part,) = run.glob(".predictions.*.part")
    with part.open("ab") as f:
        f.write(torn)
    again = echo()
    cook(run, data, gguf, again)
    assert len(again.titles) == 3 - patience
    whole = (tmp_path / "whole" / "predictions.jsonl").read_bytes()
    assert (run / "predictions.jsonl").read_bytes() == whole


def test_a_killed_process_goes_on_to_the_same_bytes(
    tmp_path: Path, data: Path, gguf: Path, echo: Any
) -> None:
    """The process is killed with SIGKILL inside the second row."""
    script = f"""
import os, signal, sys
from pathlib import Path
from recipe_kitchen.backends import Completion
from recipe_kitchen.asking import Decoder
from recipe_kitchen.backends.choice import Choice
from recipe_eval.generating.generate import generate, inputs_of
from recipe_eval.generating.requests import read_requests

class Killed:
    rows = 0
    def facts(self): return {{}}
    def complete(self, **job):
        if self.rows == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        self.rows += 1
        return Completion({FIRST!r}, "stop", 7, 5, 0.0)

data, choice = Path({str(data)!r}), Choice("llamacpp", Path({str(gguf)!r}))
inputs = inputs_of(choice.inputs(), data, Decoder(), None)
generate(Path({str(tmp_path / "run")!r}), read_requests(data), Killed(), Decoder(), inputs)
"""
    process = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert process.returncode == -signal.SIGKILL
    run = tmp_path / "run"
    assert not (run / "predictions.jsonl").exists()
    cook(run, data, gguf, echo())
    rows = [json.loads(line) for line in (run / "predictions.jsonl").read_text().splitlines()]
    assert [row["id"] for row in rows] == ["demo-0-recipe", "demo-1-recipe", "demo-2-recipe"]
    assert rows[0]["text"] == FIRST
    assert rows[1]["text"] != FIRST


def test_a_kill_between_the_last_row_and_the_rename_loses_nothing(
    tmp_path: Path, data: Path, gguf: Path, echo: Any
) -> None:
    run = tmp_path / "run"
    cook(run, data, gguf, echo())
    finished = (run / "predictions.jsonl").read_bytes()
    inputs = inputs_for(gguf, data)
    from recipe_base.files import fingerprint

    part = run / f".predictions.{fingerprint(inputs)[:12]}.part"
    (run / "predictions.jsonl").rename(part)
    assert not already_generated(run, inputs)
    again = echo()
    cook(run, data, gguf, again)
    assert again.titles == []
    assert (run / "predictions.jsonl").read_bytes() == finished


def test_what_another_decoder_began_is_not_continued(
    tmp_path: Path, data: Path, gguf: Path, echo: Any
) -> None:
    run = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        cook(run, data, gguf, echo(2))
    other = echo()
    cook(run, data, gguf, other, Decoder(sampler=GREEDY))
    assert len(other.titles) == 3
    assert list(run.glob(".predictions.*")) == []


def test_every_row_has_its_own_seed_wherever_it_stands() -> None:
    decoder = Decoder(seed=5)
    assert decoder.seed_of("a") == Decoder(seed=5).seed_of("a")
    assert len({decoder.seed_of("a"), decoder.seed_of("b"), Decoder(seed=6).seed_of("a")}) == 3


def test_a_missing_model_and_a_missing_test_split_say_what_to_run(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["generate", str(tmp_path / "run"), "--data", str(data)]) == 1
    assert "run `recipe-export all" in capsys.readouterr().err
    model = str(tmp_path / "no.gguf")
    assert main(["generate", str(tmp_path / "run"), "--data", str(data), "--gguf", model]) == 1
    assert "no.gguf does not exist" in capsys.readouterr().err
    with pytest.raises(TopochefError, match="recipe-data build"):
        read_requests(tmp_path / "nowhere")


def test_the_f16_file_is_the_default(tmp_path: Path) -> None:
    folder = tmp_path / "tiny" / "gguf"
    folder.mkdir(parents=True)
    (folder / "tiny-Q4_K_M.gguf").touch()
    with pytest.raises(TopochefError, match="0 files"):
        Run(tmp_path / "tiny").the_gguf("F16")
    (folder / "tiny-F16.gguf").touch()
    assert Run(tmp_path / "tiny").the_gguf("F16").name == "tiny-F16.gguf"
