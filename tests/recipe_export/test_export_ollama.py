"""`recipe-export ollama-check` against a stand-in that follows Ollama's API; no real server."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from ollama_models import OllamaModels

from recipe_base.files import read_manifest
from recipe_data.sampling import DEFAULT
from recipe_data.schema import ANSWER_SCHEMA
from recipe_export.cli import main
from recipe_export.modelfile.syntax import read
from recipe_export.proofs.probes import RECIPES

ANSWER = RECIPES["Saffron Pilaf"]


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OllamaModels]:
    (tmp_path / "blobs").mkdir()
    with OllamaModels(tmp_path / "blobs", ANSWER) as stand_in:
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("OLLAMA_HOST", stand_in.host)
        yield stand_in


@pytest.fixture
def run(exported: Path, tmp_path: Path) -> Path:
    """A copy of the finished export without the large files' contents."""
    folder = tmp_path / "runs" / "tiny-topo"
    (folder / "gguf").mkdir(parents=True)
    for name in ("Modelfile", "manifest.json", "gguf/tiny-topo-Q4_K_M.gguf"):
        (folder / name).write_bytes((exported / name).read_bytes())
    return folder


def check(run: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    status = main(["ollama-check", str(run)])
    written = capsys.readouterr()
    return status, written.out + written.err


def test_a_good_model_is_created_proven_asked_and_deleted(
    server: OllamaModels, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said = check(run, capsys)
    assert status == 0, said
    assert "token ids of 20 prompts and numbers of tokens of 4 equal, 20/20 recipes valid" in said
    assert server.models == {}
    assert len(server.deleted) == 1
    assert server.deleted[0].startswith("topochef-check-tiny-topo-")
    assert read_manifest(run)["ollama"]["shows_the_modelfiles_template"] is True
    prompts, recipes = read_manifest(run)["ollama"]["checks"]
    assert prompts["measured"] == {"ids": 20, "counts": 4, "different": 0}
    assert recipes["measured"] == {"recipes": 20, "valid": 20}


def test_the_server_is_given_what_the_modelfile_says(
    server: OllamaModels, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    check(run, capsys)
    values = dict(read((run / "Modelfile").read_text(encoding="utf-8")))
    (created,) = [body for path, body in server.requests if path == "/api/create"]
    assert created["template"] == values["TEMPLATE"]
    assert created["system"] == values["SYSTEM"]
    assert created["parameters"] == {
        "num_ctx": 1024,
        "num_predict": 1024,
        **DEFAULT.to_dict(),
        "repeat_last_n": 64,
        "stop": ["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
    }
    cooked = [body for path, body in server.requests if body.get("format") and "chat" in path]
    assert len(cooked) == 20
    assert all(body["format"] == ANSWER_SCHEMA and body["think"] is False for body in cooked)
    assert len({json.dumps(body["messages"]) for body in cooked}) == 20
    assert [body["options"]["seed"] for body in cooked] == list(range(20))


def test_a_server_without_ids_is_asked_for_counts(
    server: OllamaModels, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.tells_context = False
    status, said = check(run, capsys)
    assert status == 0, said
    assert "token ids of 0 prompts and numbers of tokens of 24 equal" in said


@pytest.mark.parametrize("tells_context", [True, False])
def test_a_server_that_writes_other_prompts_is_found(
    tells_context: bool, server: OllamaModels, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    values = dict(read((run / "Modelfile").read_text(encoding="utf-8")))
    server.template = values["TEMPLATE"] + "<think>\n"
    server.tells_context = tells_context
    status, said = check(run, capsys)
    assert status == 1
    assert "different is 24, at most 0 is allowed" in said
    assert "OLLAMA_GO_TEMPLATE=1" in said
    assert len(server.deleted) == 1
    assert "ollama" not in read_manifest(run)


@pytest.mark.parametrize(
    ("answer", "reason", "message"),
    [
        ('{"ingredients":[],"instructions":["Boil."]}', "stop", "valid is 0"),
        ('{"ingredients":["ri', "stop", "valid is 0"),
        (ANSWER[:50], "length", "cut off after 50 characters"),
        ("", "stop", "valid is 0"),
    ],
)
def test_a_recipe_outside_the_schema_fails_the_check(
    answer: str,
    reason: str,
    message: str,
    server: OllamaModels,
    run: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    server.answer, server.done_reason = answer, reason
    status, said = check(run, capsys)
    assert status == 1
    assert message in said
    assert server.models == {}
    assert len(server.deleted) == 1


def test_no_server_is_said_plainly(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.setenv("OLLAMA_HOST", host)
    status, said = check(run, capsys)
    assert status == 1
    assert said.startswith(f"error: no Ollama server answers at {host}: start one (`ollama serve`)")


@pytest.mark.parametrize(
    ("path", "message", "deletes"),
    [
        ("/api/tags", "refuses a request: something broke (status 500)", False),
        ("/api/create", "refuses a request: something broke", False),
        ("/api/show", "refuses a request: something broke", True),
        ("/api/generate", "refuses a request: something broke", True),
        ("/api/chat", "refuses a request: something broke", True),
        ("/api/delete", "could not be deleted", False),
    ],
)
def test_a_server_that_breaks_is_said_and_left_clean(
    path: str,
    message: str,
    deletes: bool,
    server: OllamaModels,
    run: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    server.broken.add(path)
    status, said = check(run, capsys)
    assert status == 1
    assert message in said
    assert bool(server.deleted) is deletes
    assert ("ollama rm topochef-check-tiny-topo-" in said) == (path == "/api/delete")


def test_a_run_without_a_modelfile_names_the_command(
    server: OllamaModels, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (run / "Modelfile").unlink()
    status, said = check(run, capsys)
    assert status == 1
    assert f"run `recipe-export all {run}`" in said.replace("\n", "")
    assert server.requests == []
