"""Where the commands speak: results to stdout, progress to stderr where somebody watches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from contextlib import contextmanager
from typing import TypeVar

from rich import box
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

T = TypeVar("T")
WIDTH = 100  # of tables where there is no terminal

STDOUT = Console(highlight=False, soft_wrap=True)
STDERR = Console(stderr=True, highlight=False)


def table_console(width: int = WIDTH) -> Console:
    """Return stdout for tables, which are `width` wide where there is no terminal."""
    console = Console()
    return console if console.is_terminal else Console(width=width)


@contextmanager
def progress_bar(label: str, total: int | None, done: int = 0) -> Iterator[Callable[..., None]]:
    """Show a bar while the block runs; give the function that moves it on, by one or by `n`."""
    with _bar(label, total, done) as (bar, task):
        yield lambda n=1: bar.advance(task, n)


@contextmanager
def position_bar(label: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Show a bar while the block runs; give the function that tells how much of it is done."""
    with _bar(label, total, 0) as (bar, task):
        yield lambda position: bar.update(task, completed=position)


def progress(items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
    """Show a bar while the items are worked through."""
    known = len(items) if total is None and isinstance(items, Sized) else total
    with progress_bar(label, known) as advance:
        for item in items:
            yield item
            advance()


@contextmanager
def _bar(label: str, total: int | None, done: int) -> Iterator[tuple[Progress, TaskID]]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    watched = STDERR.is_terminal
    with Progress(*columns, console=STDERR, transient=True, disable=not watched) as bar:
        yield bar, bar.add_task(label, total=total, completed=done)


def results_table(headings: Sequence[str], title: str = "") -> Table:
    """Return an empty table: the first column to the left, numbers to the right."""
    table = Table(
        title=title or None, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD,
        pad_edge=False, padding=(0, 1, 0, 0),
    )  # fmt: skip
    for i, heading in enumerate(headings):
        table.add_column(heading, justify="right" if i else "left", overflow="fold")
    return table
