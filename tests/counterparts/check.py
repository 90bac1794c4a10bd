"""A real program is met: `make vllm-check`, and for llama-cpp-python, ollama and llamafactory.

It is installed into a folder of its own. A server serves the model of a run that is only read, is
asked for recipes as every server is, killed, asked again, and timed beside llama.cpp in this
process; LLaMA-Factory trains beside Axolotl. Ends with 0 and a line where the program cannot be had
here, with 1 where it does not start or a check fails.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from checks import CHECKS, Asked, Found, made_data
from engines import ENGINES, ROOT, Engine, LlamaFactory, MissingError, Program
from ollama_checks import OLLAMA_CHECKS
from rich.console import Console
from rich.table import Table
from training import TRAINING_CHECKS, made_runs

from recipe_base.errors import TopochefError
from recipe_base.runs import Run

TITLES = 50
Row = tuple[str, Found, float]
"""A check, what it found, and its seconds."""
PARTS = ("gguf", "merged", "Modelfile", "config.json", "model.safetensors", "tokenizer.json")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=sorted(ENGINES))
    parser.add_argument(
        "--run", type=Path, default=Path(), help="an exported run, or a base model; only read"
    )
    parser.add_argument("--titles", type=int, default=TITLES)
    parser.add_argument("--install", action="store_true", help="install it, no more")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that no server outlives this
    sys.path.append(str(ROOT / "tests" / "stand_ins"))
    engine = ENGINES[arguments.engine]
    console = Console()
    try:
        serves = isinstance(engine, Engine) and not arguments.install
        run = _exported(arguments.run) if serves else None
        engine.install()
    except MissingError as reason:
        console.print(f"skipped: {engine.name}: {reason}")
        return 0
    if arguments.install:
        console.print(f"{engine.name} is in {engine.folder}")
        return 0
    try:
        if isinstance(engine, LlamaFactory):
            model, rows = "SmolLM2-135M-Instruct", _trained(engine, arguments.run)
        elif run is not None and isinstance(engine, Engine):
            model, rows = run.name, _served(engine, run, arguments.titles)
    except MissingError as reason:
        console.print(f"FAILED: {engine.name}: {reason}")
        return 1
    console.print(_table(f"{engine.name} {engine.version()}, {model}", rows))
    return 0 if all(row[1].fine for row in rows) else 1


def _served(engine: Engine, run: Run, titles: int) -> list[Row]:
    with _linked(run) as copy, engine.serving(copy) as server:
        data = made_data(copy.folder.parent, titles)
        checks = {**CHECKS, **(OLLAMA_CHECKS if engine.name == "ollama" else {})}
        return list(_checked(engine, checks, Asked(server, copy, data, titles)))


def _trained(engine: LlamaFactory, model: Path) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        runs = made_runs(engine, model, Path(folder))
        return list(_checked(engine, TRAINING_CHECKS, runs))


def _exported(folder: Path) -> Run:
    run = Run(folder)
    if run.any_gguf is None or not run.merged.is_dir():
        raise MissingError(f"{folder} holds no exported model: `make demo`, or name one by RUN=")
    return run


@contextmanager
def _linked(run: Run) -> Iterator[Run]:
    """Give a run folder that is written to, with the files of the model of another."""
    with tempfile.TemporaryDirectory() as parent:
        copy = Path(parent) / run.name
        copy.mkdir()
        for part in PARTS:
            if (run.folder / part).exists():
                (copy / part).symlink_to((run.folder / part).resolve())
        (copy / "manifest.json").write_text("{}\n")
        yield Run(copy)
        shutil.rmtree(copy, ignore_errors=True)


def _checked(
    engine: Program, checks: Mapping[str, Callable[[Any], Found]], met: Any
) -> Iterator[Row]:
    """Yield what each check found, and its seconds; one that fails does not end the others."""
    for name, check in checks.items():
        print(f"{engine.name}: {name}", file=sys.stderr)
        start = time.perf_counter()
        try:
            found = check(met)
        except (TopochefError, MissingError, AssertionError, OSError) as error:
            found = Found(False, str(error) or type(error).__name__)
        yield name, found, time.perf_counter() - start


def _table(title: str, rows: list[Row]) -> Table:
    table = Table(title=title)
    for column in ("check", "", "found"):
        table.add_column(column)
    table.add_column("s", justify="right")
    for name, found, seconds in rows:
        table.add_row(name, "ok" if found.fine else "FAILED", found.words, f"{seconds:.0f}")
    return table


if __name__ == "__main__":
    raise SystemExit(main())
