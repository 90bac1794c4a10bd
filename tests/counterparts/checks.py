"""What every server is asked, through the commands that people use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from engines import Ollama, Server

from recipe_base.files import read_jsonl
from recipe_base.runs import Run
from recipe_eval.generating.requests import read_requests
from recipe_kitchen.backends.decoding.prompts import Prompts

AT_ONCE = 16
TEMPERATURE = "0.7"
MAX_TOKENS = 512
CUT_TOKENS = 12
KILLED_AFTER_ROWS = 3
KILLED_TITLES = 24
"""Enough that some are under way when the server dies."""


class Found(NamedTuple):
    """What a check says."""

    fine: bool
    words: str


class Asked(NamedTuple):
    """A server, and what it is asked."""

    server: Server
    run: Run
    """Holds the files of its model, and may be written to."""
    data: Path
    titles: int

    @property
    def ollama(self) -> Ollama:
        """The server's engine, where it is Ollama."""
        engine = self.server.engine
        assert isinstance(engine, Ollama)
        return engine

    def folder(self, name: str) -> Run:
        """Return a run folder of its own, by whose GGUF files prompts are counted."""
        folder = self.run.folder.parent / name
        folder.mkdir(exist_ok=True)
        if not (folder / "gguf").exists():
            (folder / "gguf").symlink_to(self.run.folder / "gguf")
        return Run(folder)

    def generate(self, run: Run, spec: str, *more: str) -> tuple[str | Path, ...]:
        """Return the command that has a run written."""
        return (
            program("recipe-eval"), "generate", run.folder, "--data", self.data,
            "--backend", spec, "--limit", str(self.titles), "--temperature", TEMPERATURE,
            "--tries", "1", "--max-tokens", str(MAX_TOKENS), *more,
        )  # fmt: skip

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            **self.server.engine.environment(self.server),
            "NO_PROXY": "127.0.0.1",
            "XDG_DATA_HOME": str(self.run.folder / "kept"),  # not into this user's history
            "COLUMNS": "100",
        }

    def ran(self, *command: str | Path) -> str:
        """Run a command of ours; `AssertionError` with its last words where it fails."""
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"status {done.returncode}: {done.stderr.strip()[-300:]}"
        return done.stdout


def program(name: str) -> Path:
    return Path(sys.executable).parent / name


def prompts(asked: Asked) -> Found:
    """Every token of the prompts that it reads is that of training's."""
    ours = Prompts.of(asked.run.the_gguf("F16"))
    requests = read_requests(asked.data, asked.titles)
    theirs = [asked.server.engine.token_ids(asked.server, one.messages) for one in requests]
    if None in theirs:
        return Found(True, "it tells no token ids: their number is compared below, where it does")
    equal = sum(ids == ours.tokens(one.messages) for ids, one in zip(theirs, requests, strict=True))
    return Found(equal == len(requests), f"token ids equal on {equal} of {len(requests)}")


def recipes(asked: Asked) -> Found:
    """All under the schema, so many at once; the tokens of each prompt are counted."""
    run = asked.folder("served")
    asked.ran(*asked.generate(run, asked.server.spec, "--parallel", str(AT_ONCE)))
    facts = run.manifest["generate"]
    rows = list(run.predictions.read())
    wrong = {why: n for why, n in facts["failures"].items() if why != "cut off"}
    told = sum(row["prompt_tokens"] > 0 for row in rows)
    words = f"{asked.titles - sum(facts['failures'].values())} of {asked.titles} valid"
    reasons = "".join(f", {n} {why}" for why, n in facts["failures"].items())
    counted = f"{told} prompts counted, as long as training's" if told else "it counts no prompts"
    return Found(not wrong and len(rows) == asked.titles, f"{words}{reasons}; {counted}")


def cut_off(asked: Asked) -> Found:
    """An answer that reaches the limit is told as such."""
    run = asked.folder("cut")
    asked.ran(
        *asked.generate(run, asked.server.spec, "--limit", "4", "--max-tokens", str(CUT_TOKENS))
    )
    reasons = run.manifest["generate"]["finish_reasons"]
    return Found(reasons == {"length": 4}, f"ended by {json.dumps(reasons)} at {CUT_TOKENS} tokens")


def killed(asked: Asked) -> Found:
    """A server that dies leaves the run unfinished; started again, the rest is asked for."""
    run = asked.folder("killed")
    titles = min(KILLED_TITLES, asked.titles)
    several = ("--limit", str(titles), "--parallel", str(AT_ONCE // 2))
    command = asked.generate(run, asked.server.spec, *several)
    session = subprocess.Popen(
        command, env=asked.environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    while session.poll() is None and len(_written(run)) < KILLED_AFTER_ROWS:
        time.sleep(0.02)
    asked.server.kill()
    _, told = session.communicate()
    kept = _written(run)
    assert session.returncode == 1, f"the session ended with {session.returncode}: {told[-300:]}"
    assert f"error: {len(kept)} of {titles} written: " in told, told[-300:]
    scored = subprocess.run(
        [program("recipe-eval"), "score", run.folder, "--data", asked.data],
        env=asked.environment, capture_output=True, check=False,
    )  # fmt: skip
    assert scored.returncode == 1, "a run that is not whole was scored"
    asked.server.start()
    asked.ran(*command)
    rows = run.predictions.path.read_bytes().splitlines()
    names = [json.loads(row)["id"] for row in rows]
    assert len(set(names)) == len(names) == titles, f"{len(names)} rows"
    assert set(kept) <= set(rows), "a row that was written has changed"
    return Found(True, f"{len(kept)} of {titles} kept, exit 1; then all {len(names)}, exit 0")


def _written(run: Run) -> list[bytes]:
    parts = run.folder.glob(".predictions.*.part")
    return [line for part in parts for line in part.read_bytes().splitlines(keepends=False)]


def pace(asked: Asked) -> Found:
    """Tokens a second, beside our own lanes of llama.cpp on the same titles."""
    lanes = asked.folder("lanes")
    asked.ran(*asked.generate(lanes, "llamacpp", "--parallel", str(AT_ONCE)))
    words = Prompts.of(asked.run.the_gguf("F16"))
    ours, theirs = _pace(lanes, words), _pace(asked.folder("served"), words)
    return Found(theirs > 0, f"{theirs:.0f} tokens/s; our lanes, F16: {ours:.0f}")


def _pace(run: Run, words: Prompts) -> float:
    """Count the tokens ourselves: some servers do not."""
    tokens = sum(words.count(row["text"]) for row in run.predictions.read())
    return tokens / float(run.manifest["generate"]["last_session"]["seconds"])


def made_data(folder: Path, titles: int) -> Path:
    """Build test titles out of the own corpus."""
    data = folder / "data"
    corpus = [program("recipe-data"), "demo-corpus", "--rows", "400", "--output", data]
    build = [program("recipe-data"), "build", data / "corpus.csv", "--output", data]
    for command in (corpus, [*build, "--test", str(titles)]):
        subprocess.run(command, check=True, capture_output=True)
    found = sum(row["form"] == "title" for row in read_jsonl(data / "test.jsonl", "build"))
    assert found >= titles, f"{found} titles"
    return data


CHECKS: dict[str, Callable[[Asked], Found]] = {
    "prompts": prompts,
    "recipes, 16 at once": recipes,
    "an answer that is cut off": cut_off,
    "a server that is killed": killed,
    "pace": pace,
}
