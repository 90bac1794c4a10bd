"""The command `recipe-data index`."""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

from recipe_base import writer
from recipe_base.arguments import positive
from recipe_base.commands import command

_SHOWN = 3
"""Rejected rows that are named of each reason; the file names them all."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those of `recipe-data`."""
    from recipe_data.building.sources import kinds

    index = commands.add_parser(
        "index", help="make recipes findable by words and meaning: `recipe-cook --cookbook`"
    )
    index.add_argument("source", type=Path, help=f"{kinds()}; see docs/cookbooks.md")
    index.add_argument("--output", type=Path, required=True, help="the .sqlite file")
    index.add_argument("--workers", type=positive, default=1, help="processes (default 1)")
    command(index, _index, writes=writer.beside("output"), unfinished="run the same command again")


def _index(arguments: argparse.Namespace) -> None:
    from recipe_data.cookbook.indexing import write_index

    start = time.perf_counter()
    facts, new = write_index(arguments.source, arguments.output, arguments.workers)
    state = f"indexed in {time.perf_counter() - start:.1f} s" if new else "already indexed"
    size = os.path.getsize(arguments.output) / 1e6
    print(f"{arguments.output}: {facts['recipes']:,} recipes, {size:,.1f} MB, {state}")
    print_rejected(arguments.output, facts["rejected"])


def print_rejected(path: Path, reasons: dict[str, int]) -> None:
    """Print how many rows were rejected for each reason, and the first of them."""
    from recipe_data.cookbook.file import opened

    book = opened(path)
    for reason, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0])):
        rows = book.execute(
            "SELECT row, detail FROM rejected WHERE reason = ? LIMIT ?", (reason, _SHOWN)
        )
        named = "; ".join(f"row {row}: {detail}" for row, detail in rows)
        print(f"  left out, {reason}: {count:,} ({named}{'; …' if count > _SHOWN else ''})")
    book.close()
