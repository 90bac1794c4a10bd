"""Every command of ours: what it locks, how a held lock, a bad disk and a signal end it."""

from __future__ import annotations

import argparse
import errno
import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

import recipe_data.cli
import recipe_eval.cli
import recipe_export.cli
from recipe_base.commands import command, main
from recipe_base.writer import nothing
from recipe_kitchen.cooking.keeping import command as history

DATA, EXPORT, EVAL, HISTORY = recipe_data.cli, recipe_export.cli, recipe_eval.cli, history
MODEL = ("--endpoint", "ollama:cook")
WRITERS: list[tuple[ModuleType, list[str], str]] = [
    (DATA, ["demo-corpus", "--output", "F"], ".lock"),
    (DATA, ["build", "x.csv", "--output", "F"], ".lock"),
    (DATA, ["index", "x.csv", "--output", "F/b.sqlite"], ".b.sqlite.lock"),
    (DATA, ["augment", "d", "--per-kind", "1", *MODEL, "--output", "F/q.yaml"], ".q.yaml.lock"),
    (DATA, ["report", "d", "--output", "F/r.html"], ".r.html.lock"),
    (DATA, ["shuffle", "d", "--output", "F/s.jsonl"], ".s.jsonl.lock"),
    (DATA, ["ration", "r.jsonl", "--tokens", "1", "--tokenizer", "t", "--output", "F"], ".lock"),
    (DATA, ["tiny-model", "--data", "d", "--output", "F/m"], ".m.lock"),
    *((EXPORT, [name, "F"], ".lock") for name in recipe_export.cli.COMMANDS),
    (EXPORT, ["import", "x.gguf", "--output", "F/m"], ".m.lock"),
    *((EVAL, [name, "F"], ".lock") for name in ("generate", "tune-sampler", "score")),
    (EVAL, ["report", "run", "--output", "F/r.html"], ".r.html.lock"),
    (EVAL, ["compare", "run", "--output", "F/c.csv"], ".c.csv.lock"),
    (EVAL, ["retention", "F"], ".lock"),
    (EVAL, ["floor", "d", "--output", "F"], ".floors.lock"),
    (EVAL, ["questions", "F"], ".lock"),
    *((EVAL, [name, "F"], ".lock") for name in ("prefer", "credit", "prompts")),
    (EVAL, ["judge", "F", *MODEL], ".lock"),
    (EVAL, ["rating-sheet", "run", "--output", "F/s.csv"], ".s.csv.lock"),
    (EVAL, ["likelihood", "F"], ".lock"),
    *((EVAL, [name, "--folder", "F"], ".lock") for name in ("study", "improve")),
    (HISTORY, ["export", "--output", "F/book.jsonld"], ".book.jsonld.lock"),
]
READERS = {
    *((DATA, "gold"), (DATA, "base-model"), (EVAL, "agree"), (EVAL, "retrieval")),
    *((HISTORY, name) for name in ("list", "search", "show", "star", "unstar", "delete")),
}
"""Those that write no folder themselves; `base-model` calls `recipe-export import`, and the history
is a file that several may write."""


def parsers(module: ModuleType) -> dict[str, argparse.ArgumentParser]:
    """Return the subcommands of a command line by name."""
    (action,) = module._parser()._subparsers._group_actions
    return dict(action.choices)


def ids(value: object) -> str | None:
    return "-".join(value[:1]) if isinstance(value, list) else None


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder `F` in the working directory."""
    monkeypatch.chdir(tmp_path)
    Path("F").mkdir()
    return Path("F")


@pytest.fixture
def doing(monkeypatch: pytest.MonkeyPatch) -> Callable[[ModuleType, Callable[[], None]], None]:
    """Have every command of a module do something else than its work."""

    def replace(module: ModuleType, work: Callable[[], None]) -> None:
        parser = module._parser()
        (action,) = parser._subparsers._group_actions
        for one in action.choices.values():
            one.set_defaults(command=lambda arguments: work())
        monkeypatch.setattr(module, "_parser", lambda: parser)

    return replace


Doing = Callable[[ModuleType, Callable[[], None]], None]


def test_every_command_is_listed_here() -> None:
    listed = {(module, words[0]) for module, words, _ in WRITERS} | READERS
    modules = (DATA, EXPORT, EVAL, HISTORY)
    assert listed == {(module, name) for module in modules for name in parsers(module)}
    for module, name in READERS:
        assert parsers(module)[name].get_default("writes") is nothing


@pytest.mark.parametrize(("module", "words", "lock"), WRITERS, ids=ids)
def test_it_holds_the_lock_while_it_works(
    module: ModuleType, words: list[str], lock: str, folder: Path, doing: Doing
) -> None:
    seen = []

    def work() -> None:
        seen.append(json.loads((folder / lock).read_text())["pid"])
        (folder / "written").touch()

    doing(module, work)
    assert module.main(words) == 0
    assert seen == [os.getpid()]
    assert [path.name for path in folder.iterdir()] == ["written"]


@pytest.fixture
def held(folder: Path) -> Iterator[Callable[[str], None]]:
    """Hold a lock as another process does."""
    files = []

    def hold(name: str) -> None:
        file = (folder / name).open("w")
        files.append(file)
        fcntl.flock(file, fcntl.LOCK_EX)
        who = {"command": "cook all", "pid": 77, "host": "stove", "since": "2026-01-01 10:00:00"}
        file.write(json.dumps(who))
        file.flush()

    yield hold
    for file in files:
        file.close()


@pytest.mark.parametrize(("module", "words", "lock"), WRITERS, ids=ids)
def test_a_held_lock_is_refused_in_one_line(
    module: ModuleType,
    words: list[str],
    lock: str,
    held: Callable[[str], None],
    doing: Doing,
    capsys: pytest.CaptureFixture[str],
) -> None:
    held(lock)
    doing(module, lambda: pytest.fail("it worked"))
    assert module.main(words) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "is being written by `cook all` (process 77 on stove, since 2026-01-01 10:00:00)" in line
    place = line.removeprefix("error: ").split(" is being")[0]
    assert place.endswith("F" if lock == ".lock" else f"F/{lock[1:-5]}")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.ESTALE])
@pytest.mark.parametrize(("module", "words", "lock"), WRITERS, ids=ids)
def test_a_disk_that_fails_is_one_line(
    module: ModuleType,
    words: list[str],
    lock: str,
    number: int,
    folder: Path,
    doing: Doing,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def work() -> None:
        raise OSError(number, os.strerror(number), str(folder / "file"))

    doing(module, work)
    assert module.main(words) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: F/file: ")
    assert not list(folder.iterdir())


def parser_of(work: Callable[[argparse.Namespace], int | None]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    command(parser, work, nothing)
    return parser


def test_a_defect_keeps_its_traceback() -> None:
    def work(arguments: argparse.Namespace) -> None:
        raise FileNotFoundError(errno.ENOENT, "no such file", "/etc/none")

    with pytest.raises(FileNotFoundError):
        main(parser_of(work), [])


def test_a_folder_that_is_gone_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    def work(arguments: argparse.Namespace) -> None:
        Path("/none/such/file").read_bytes()

    assert main(parser_of(work), []) == 1
    assert "/none/such/file: its folder is gone" in capsys.readouterr().err


def test_a_library_in_rust_is_understood(capsys: pytest.CaptureFixture[str]) -> None:
    def work(arguments: argparse.Namespace) -> None:
        raise RuntimeError("I/O error: No space left on device (os error 28)")

    assert main(parser_of(work), []) == 1
    assert capsys.readouterr().err.startswith("error: the disk is full")


def test_status_and_handler_are_handed_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    assert main(parser_of(lambda arguments: 3), []) == 3
    assert main(parser_of(lambda arguments: None), []) == 0
    assert signal.getsignal(signal.SIGTERM) is before


BEGIN = "import signal, sys, time; signal.signal(signal.SIGINT, signal.default_int_handler)"
WAIT = "print('ready', flush=True); time.sleep(600)"
BUILD = f"""{BEGIN}
import recipe_data.building.build as module
from recipe_data.cli import main
def build(source, part, options, workers):
    (part / "recipes.jsonl").write_text("half")
    {WAIT}
module._build = build
sys.exit(main(["build", "x.csv", "--output", "out"]))
"""
GENERATE = f"""{BEGIN}
from recipe_base.files import atomic_open
from recipe_eval.cli import main
import recipe_eval.generating.cli as module
class Session:
    def __init__(self, arguments):
        pass
    def predict(self, run, *others, **more):
        with atomic_open(run / "predictions.jsonl") as f:
            f.write("half")
            {WAIT}
module.Session = Session
sys.exit(main(["generate", "out"]))
"""


@pytest.mark.heavy
@pytest.mark.parametrize("code", [BUILD, GENERATE], ids=["build", "generate"])
@pytest.mark.parametrize(
    ("number", "status", "word"),
    [(signal.SIGTERM, 143, "terminated"), (signal.SIGINT, 130, "interrupted")],
)
def test_a_signal_leaves_nothing_half_written(
    code: str, number: int, status: int, word: str, tmp_path: Path
) -> None:
    (tmp_path / "x.csv").touch()
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        assert (tmp_path / "out" / ".lock").is_file()
        process.send_signal(number)
        _, told = process.communicate()
    assert told == f"{word}: run the same command again to go on\n"
    assert process.returncode == status
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]
