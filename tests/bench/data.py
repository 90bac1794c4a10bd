"""Speed and memory of `recipe-data build` on one core: `make bench`, or with --rows N.

Speeds are per second of processor time, so that other programs disturb them little.

Selection reads a file in RecipeNLG's form with a title of its own in every row and takes the dishes
among them; conversion turns rows into chat rows; memory is the peak of a process that selects and
converts a thousand of N rows. The rows are the project's own demo corpus, repeated. Workers are
measured by the clock: close other programs. What splitting takes where every recipe is kept is
measured by `splitting.py`, for two numbers of recipes.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from machine import machine
from rich.console import Console
from rich.table import Table

from recipe_data.building.build import Options, build
from recipe_data.building.converting import Converted, Work, convert_all
from recipe_data.building.selection import chooser
from recipe_data.building.sources import CSV_HEADER, read_source
from recipe_data.demo.compose import write_corpus
from recipe_data.schema import RawRecipe
from recipe_data.tasks.registry import parse_tasks

CORPUS_ROWS = 1000
CONVERTED = 1000
SPLIT = (25_000, 100_000)
WORKERS = 2
DISHES = frozenset(("pasta", "rice", "sandwich"))
PLAIN_DISHES = ("Bean Soup", "Roast Chicken", "Apple Pie", "Green Salad", "Beef Stew", "Corn Bread")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--folder", type=Path, help="for the source, 0.8 GB a million rows")
    parser.add_argument("--build", nargs=2, type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.build:
        build(*arguments.build, Options(dishes=DISHES, limit=CONVERTED))
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        return
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        console = Console()
        console.print(measure(Path(folder), arguments.rows))
        console.print(machine(threads=1))


def measure(folder: Path, rows: int) -> Table:
    """Measure everything on a source of so many rows."""
    source = folder / "rows.csv"
    write_rows(source, rows)
    table = Table("", "", title=f"recipe-data build, one core, {rows:,} rows", show_header=False)
    table.columns[1].justify = "right"
    table.add_row("selection of dishes", f"{selection_speed(source):,.0f} rows/s")
    table.add_row("conversion to recipes by title", f"{conversion_speed(source):,.0f} recipes/s")
    every = parse_tasks("all")
    speed = conversion_speed(source, Work(tasks=every))
    table.add_row("conversion to all tasks", f"{speed:,.0f} recipes/s")
    table.add_row(f"peak memory, {CONVERTED:,} drawn", f"{peak_megabytes(source, folder):,.0f} MB")
    table.add_row(f"conversion, {WORKERS} workers to one", f"{speed_up(source):.2f} ×")
    for count in SPLIT:
        cost = splitting(count)
        table.add_row(
            f"splitting of {count:,} kept",
            f"{cost['seconds'] / count * 1e6:,.0f} µs a recipe, {cost['megabytes']:,.0f} MB",
        )
    return table


def write_rows(path: Path, count: int) -> None:
    """Write a source in which three of four rows are no pasta, rice or sandwich."""
    corpus = path.with_name("corpus.csv")
    write_corpus(corpus, path.with_name("gold.jsonl"), CORPUS_ROWS, seed=7)
    with corpus.open(encoding="utf-8", newline="") as file:
        rows = [row for row in list(csv.reader(file))[1:] if len(row) == len(CSV_HEADER)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(CSV_HEADER)
        for number, (_, title, *cells) in zip(range(count), itertools.cycle(rows), strict=False):
            plain = PLAIN_DISHES[number % len(PLAIN_DISHES)]
            writer.writerow([number, f"{plain if number % 4 else title} {number}", *cells])


def selection_speed(source: Path) -> float:
    start = time.process_time()
    count = sum(1 for _ in read_source(source, choose=chooser(DISHES)))
    return count / (time.process_time() - start)


def conversion_speed(source: Path, work: Work | None = None) -> float:
    rows: Iterator[RawRecipe] = (r for r in read_source(source) if isinstance(r, RawRecipe))
    batch = list(itertools.islice(rows, CONVERTED))
    start = time.process_time()
    converted = sum(isinstance(o, Converted) for o in convert_all(batch, work or Work()))
    return converted / (time.process_time() - start)


def speed_up(source: Path) -> float:
    """Return how much faster several processes convert, once they have started."""
    rows: Iterator[RawRecipe] = (r for r in read_source(source) if isinstance(r, RawRecipe))
    batch = list(itertools.islice(rows, 4 * CONVERTED))

    def seconds(workers: int) -> float:
        outcomes = convert_all(batch, Work(), workers)
        next(outcomes)
        start = time.perf_counter()
        for _ in outcomes:
            pass
        return time.perf_counter() - start

    return seconds(1) / seconds(WORKERS)


def splitting(count: int) -> dict[str, float]:
    """Split recipes in a process of its own; return its seconds and megabytes."""
    command = [sys.executable, str(Path(__file__).with_name("splitting.py")), str(count)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


def peak_megabytes(source: Path, folder: Path) -> float:
    """Build in a process of its own, whose memory nothing else has raised."""
    command = [sys.executable, __file__, "--build", str(source), str(folder / "out")]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout)


if __name__ == "__main__":
    main()
