"""`recipe-export`: adapter → merged model → GGUF → quantized GGUF → Modelfile; GGUF → model."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from recipe_base import commands, writer
from recipe_base.runs import Run

if TYPE_CHECKING:
    from recipe_export.proofs.conversations import Probes

DEFAULT_TYPES = "F16,Q4_K_M"
LADDER_TYPES = "F16,Q8_0,Q6_K,Q5_K_M,Q4_K_M,Q3_K_M,Q2_K"
COMMANDS = {
    "all": "merge, quantize and modelfile, in order; each is skipped where it is done",
    "merge": "adapter + base → RUN/merged, proven equal",
    "gguf": "RUN/merged → RUN/gguf/*-F16.gguf, proven equal",
    "quantize": "→ the GGUF types asked for, by llama.cpp, types read back",
    "modelfile": "RUN/Modelfile for the last type asked for, its prompts proven equal",
    "ollama-check": "the Modelfile on the server at OLLAMA_HOST: create, compare, cook, delete",
    "ladder": "size, speed, memory and loss of each type → RUN/ladder/ladder.html, .json, .png",
}
IMPORT = "a GGUF file → a Hugging Face folder to train on, proven equal"
Step = tuple[str, Callable[[], str]]


def main(argv: list[str] | None = None) -> int:
    """Run one `recipe-export` command; return its exit status."""
    return commands.main(_parser(), argv)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="recipe-export", description=__doc__)
    subparsers = parser.add_subparsers(dest="name", required=True, metavar="COMMAND")
    for name, text in COMMANDS.items():
        command = subparsers.add_parser(name, help=text, description=text)
        command.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="runs/tiny-topo")
        if name not in ("ollama-check", "merge"):
            command.add_argument(
                "--data", type=Path, help="prove on rows of DATA, not on the built-in conversations"
            )
        if name in ("all", "merge"):
            command.add_argument(
                "--base", help="full-precision model, where the adapter names a quantized one"
            )
        if name not in ("merge", "gguf", "ollama-check"):
            default = LADDER_TYPES if name == "ladder" else DEFAULT_TYPES
            command.add_argument(
                "--types",
                default=default,
                type=_types,
                metavar=DEFAULT_TYPES,
                help=f"GGUF types, by commas: F16, Q8_0, Q5_K_M, … (default: {default})",
            )
        commands.command(command, _export, writes=writer.inside_existing("runs"))
    imported = subparsers.add_parser("import", help=IMPORT, description=IMPORT)
    imported.add_argument("file", type=Path, metavar="FILE.gguf")
    imported.add_argument("--output", type=Path, required=True, metavar="DIR", help="runs/my-base")
    commands.command(imported, _import, writes=writer.beside("output"))
    parser.set_defaults(types=[], data=None, base=None)
    return parser


def _import(arguments: argparse.Namespace) -> None:
    from recipe_export.importing.command import import_gguf

    _show(arguments.output, "import", partial(import_gguf, arguments.file, arguments.output))


def _export(arguments: argparse.Namespace) -> None:
    for run in [Run.open(folder) for folder in arguments.runs]:
        for label, step in _steps(run, arguments):
            _show(run.folder, label, step)


def _steps(run: Run, arguments: argparse.Namespace) -> Iterator[Step]:
    """Yield the steps of a command; each returns a line that says what it did."""
    from recipe_export.converting.convert import convert
    from recipe_export.converting.quantize import file_type, quantize
    from recipe_export.merging.merge import merge
    from recipe_export.modelfile.write import write_modelfile
    from recipe_export.ollama.check import check_on_server
    from recipe_export.proofs.conversations import BUILT_IN, held_out

    command, types = arguments.name, arguments.types
    for kind in types:
        file_type(kind)
    logits = arguments.data and command != "modelfile"
    probes = held_out(arguments.data) if logits else BUILT_IN
    if command in ("all", "merge"):
        yield "merge", partial(merge, run, arguments.base)
    if command == "gguf":
        yield "F16", partial(convert, run, "F16", probes)
    if command in ("all", "quantize"):
        for kind in types:
            yield kind, partial(quantize, run, kind, probes)
    if command == "ladder":
        yield from _ladder(run, types, probes, arguments.data)
    if command in ("all", "modelfile"):
        yield "Modelfile", partial(write_modelfile, run, types[-1], arguments.data)
    if command == "ollama-check":
        yield "Ollama", partial(check_on_server, run)


def _ladder(run: Run, types: list[str], probes: Probes, data: Path | None) -> Iterator[Step]:
    from recipe_export.ladder.page import write_ladder
    from recipe_export.ladder.rungs import measure

    for kind in types:
        yield kind, partial(measure, run, kind, probes)
    yield "ladder", partial(write_ladder, run, types, data)


def _show(folder: Path, label: str, step: Callable[[], str]) -> None:
    from recipe_base.console import STDERR, STDOUT

    start = time.monotonic()
    with STDERR.status(f"{label}: working, then proving it"):
        line = step()
    STDOUT.print(f"{folder}  {label:9}  {line}  ({time.monotonic() - start:.1f} s)", markup=False)


def _types(text: str) -> list[str]:
    """Split `F16,Q4_K_M`, in either case."""
    types = [kind.strip().upper() for kind in text.split(",") if kind.strip()]
    if not types:
        raise argparse.ArgumentTypeError(f"name at least one type, such as {DEFAULT_TYPES}")
    return types
