"""The command `recipe-eval floor`."""

from __future__ import annotations

import argparse
from pathlib import Path

from recipe_base.arguments import positive
from recipe_base.commands import command
from recipe_base.runs import FLOORS_FOLDER
from recipe_base.writer import LOCK


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those of `recipe-eval`."""
    floor = commands.add_parser(
        "floor", help="write what can be had without a model, as runs to compare with"
    )
    floor.add_argument("data", type=Path, help="folder of train.jsonl and test.jsonl")
    floor.add_argument("--output", type=Path, default=Path("runs"), help="gets floors/NAME")
    floor.add_argument("--limit", type=positive, help="only the first N test titles")
    command(floor, _floor, writes=lambda given: [given.output / f".{FLOORS_FOLDER}{LOCK}"])


def _floor(arguments: argparse.Namespace) -> None:
    from recipe_eval.floors.write import write_floors

    for run, new in write_floors(arguments.data, arguments.output, arguments.limit):
        print(f"{run.folder}: {run.floor.read()['what'] if new else 'already written'}")
    print(f"Score them: recipe-eval score {arguments.output / FLOORS_FOLDER}/*")
