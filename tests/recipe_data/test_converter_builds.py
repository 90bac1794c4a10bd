"""Builds by a language model: resumed, repeated, checked, and told apart from builds by rules."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from ollama_stand_in import OllamaStandIn

from recipe_base.files import read_manifest, sha256, to_json
from recipe_data.cli import main
from recipe_data.demo.compose import write_corpus
from recipe_data.ingredients import parse_ingredient
from recipe_data.instructions import parse_instruction

pytestmark = pytest.mark.heavy

ROWS = 16


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("corpus") / "corpus.csv"
    write_corpus(path, path.with_suffix(".gold.jsonl"), rows=ROWS, seed=3)
    return path


def well_read(body: dict[str, Any]) -> str:
    """Answer as the rules do, but for what is sliced and for the first verb of a step."""
    text = body["messages"][-1]["content"]
    if "name" not in body["format"]["properties"]:
        step = parse_instruction(text)
        answer = {"minutes": step.minutes, "minutes_max": step.minutes_max}
        return to_json({"actions": step.actions[1:], "celsius": step.celsius, **answer})
    read = vars(parse_ingredient(text))
    return to_json({**read, "name": "caviar"} if "cheese" in text else read)


@pytest.fixture
def server(ollama_server: OllamaStandIn) -> OllamaStandIn:
    ollama_server.answer = well_read
    return ollama_server


def build(corpus: Path, output: Path, *more: str) -> int:
    command = ["build", str(corpus), "--output", str(output), "--converter", "llm"]
    return main([*command, "--endpoint", "ollama:cook", *more])


def content(folder: Path) -> dict[str, str]:
    return {path.name: sha256(path) for path in sorted(folder.iterdir())}


def test_disagreements_are_listed_and_counted(
    server: OllamaStandIn, corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert build(corpus, tmp_path / "data") == 0
    facts = read_manifest(tmp_path / "data")["build"]
    inputs = facts["inputs"]
    assert (inputs["converter"], inputs["model"]) == ("llm", "ollama:cook")
    assert inputs["prompt"] >= 1
    listed = [json.loads(line) for line in (tmp_path / "data" / "disagreements.jsonl").open()]
    assert set(listed[0]) == {"row", "text", "field", "rules", "llm", "fallback"}
    assert [entry["row"] for entry in listed] == sorted(entry["row"] for entry in listed)
    names = [entry for entry in listed if entry["field"] == "name"]
    actions = [entry for entry in listed if entry["field"] == "actions"]
    assert names
    assert actions
    assert facts["conversion"]["disagreements"] == {
        "actions": len(actions),
        "name": len(names),
    }
    assert facts["conversion"]["fallbacks"] == {"name not in the text": len(names)}
    assert all(entry["fallback"] == "name not in the text" for entry in names)
    assert all(entry["llm"] == entry["rules"][1:] for entry in actions)
    assert "disagreements.jsonl" in facts["sha256"]
    built = (tmp_path / "data" / "recipes.jsonl").read_text()
    assert "caviar" not in built
    told = capsys.readouterr().out
    assert "left to the rules: name not in the text" in told
    assert "unlike the rules: actions" in told


def test_threads_and_a_second_build_give_the_same_bytes_and_ask_nothing(
    server: OllamaStandIn, corpus: Path, tmp_path: Path
) -> None:
    assert build(corpus, tmp_path / "one") == 0
    asked = [body["messages"][-1]["content"] for body in server.bodies]
    assert len(asked) == len(set(asked))  # one request for each text, however often it occurs
    cache = ["--cache", str(tmp_path / "other" / "cache.sqlite")]
    assert build(corpus, tmp_path / "two", "--workers", "4", *cache) == 0
    server.stop()
    assert build(corpus, tmp_path / "three", "--workers", "2") == 0
    assert build(corpus, tmp_path / "three") == 0
    assert content(tmp_path / "one") == content(tmp_path / "two") == content(tmp_path / "three")
    assert (tmp_path / "answers.sqlite").is_file()


def test_a_server_that_dies_leaves_the_answers_and_no_build(
    server: OllamaStandIn, corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = tmp_path / "wanted"
    assert build(corpus, wanted, "--cache", str(tmp_path / "first.sqlite")) == 0
    needed = len(server.bodies)
    server.bodies.clear()
    server.script.extend([None] * 40 + ["refuse the key"])
    assert build(corpus, tmp_path / "data", "--workers", "2") == 1
    error = capsys.readouterr().err
    assert f"ollama at {server.host}, model cook: refused the credentials" in error
    assert not (tmp_path / "data").exists()
    server.script.clear()
    assert build(corpus, tmp_path / "data", "--workers", "2") == 0
    assert len(server.bodies) <= needed + 5  # refused ones, and texts met by two threads at once
    assert content(tmp_path / "data") == content(wanted)


def test_a_killed_build_goes_on_where_it_was(
    server: OllamaStandIn, corpus: Path, tmp_path: Path
) -> None:
    assert build(corpus, tmp_path / "wanted", "--cache", str(tmp_path / "first.sqlite")) == 0
    needed = len(server.bodies)
    server.bodies.clear()
    server.answer = lambda body: [time.sleep(0.005), well_read(body)][1]
    arguments = ["build", str(corpus), "--output", str(tmp_path / "data"), "--converter", "llm"]
    code = f"from recipe_data.cli import main; main({[*arguments, '--endpoint', 'ollama:cook']})"
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while len(server.bodies) < 50 and time.monotonic() < deadline:
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
    assert 50 <= len(server.bodies) < needed
    assert not list((tmp_path / "data").glob("[!.]*"))
    assert build(corpus, tmp_path / "data") == 0
    assert len(server.bodies) <= needed + 1  # the request that the kill cut off
    assert content(tmp_path / "data") == content(tmp_path / "wanted")


def test_a_build_by_rules_is_another_build(
    server: OllamaStandIn, corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert build(corpus, tmp_path / "data") == 0
    assert main(["build", str(corpus), "--output", str(tmp_path / "data")]) == 1
    assert "already holds another run (build: converter, model, prompt differ)" in (
        capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--converter", "llm"], "--converter llm needs --endpoint"),
        (["--endpoint", "ollama:cook"], "serve --converter llm alone"),
        (["--converter", "llm", "--endpoint", "cook"], "names no endpoint"),
    ],
)
def test_half_a_choice_is_refused(
    arguments: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["build", "x.csv", "--output", str(tmp_path / "data"), *arguments]) == 1
    assert told in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
