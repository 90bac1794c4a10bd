"""From rows to what a build writes of each, in one process or several: same results, same order."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import NamedTuple

from recipe_base.datasets import AMOUNT_FIRST, Lines
from recipe_base.errors import TopochefError
from recipe_base.files import to_json
from recipe_data.building.cleaning import clean_recipe
from recipe_data.building.keys import HashedKey, split_key
from recipe_data.building.sources import readable
from recipe_data.converters import RULES, Check, Converter
from recipe_data.line_order import written
from recipe_data.schema import ChatRow, RawRecipe, Rejection
from recipe_data.tasks.registry import BY_TITLE, rows_of

BATCH_RECIPES = 32
BATCH_ROWS = 4096
"""Rows after which a batch is closed, however few of them are recipes."""
BATCHES_AHEAD = 4
"""Batches a worker that wait for it: enough to keep it busy, few enough to keep memory flat."""


class Work(NamedTuple):
    """What is made of every recipe."""

    seed: int = 7
    """Decides what the rows of tasks ask."""
    tasks: frozenset[str] = BY_TITLE
    converter: Converter = RULES
    lines: Lines = AMOUNT_FIRST
    """What the lines of answers begin with."""


class Written(NamedTuple):
    """The lines that a recipe brings to the files of its split, each a JSON document."""

    title: str
    recipe: str
    text: str
    """For pretraining."""
    rows: list[tuple[str, str]]
    """The task and the line of each chat row."""


class Converted(NamedTuple):
    """A kept row: what splitting needs in memory, and the line that waits on disk."""

    row: int
    identity: int
    """Equal for recipes of equal content."""
    title: str
    key: HashedKey
    dropped_lines: int
    states_servings: bool
    line: str
    """What is written of it once its split is known: a `Written`, as JSON."""
    check: Check | None
    """How the converter's readings compare with those of the rules, where it is another."""

    def duplicate(self) -> Rejection:
        """Reject the row because an equal recipe came before it."""
        return Rejection(self.row, "duplicate", readable(self.title))


Batch = list[RawRecipe | Rejection]
Outcome = Converted | Rejection


def convert(raw: RawRecipe, work: Work) -> Outcome:
    """Clean one row and write down what becomes of it."""
    cleaned = clean_recipe(raw, work.converter)
    if isinstance(cleaned, Rejection):
        return cleaned
    recipe = cleaned.recipe
    lines = Written(
        title=recipe.title,
        recipe=to_json(recipe.to_dict()),
        text=to_json({"text": cleaned.text}),
        rows=[
            (row.task, row_line(row, work.lines)) for row in rows_of(recipe, work.seed, work.tasks)
        ],
    )
    return Converted(
        row=raw.row,
        identity=int(recipe.id, 16),
        title=recipe.title,
        key=split_key(recipe).hashed(),
        dropped_lines=cleaned.dropped_lines,
        states_servings=recipe.servings is not None,
        line=to_json(lines),
        check=cleaned.check,
    )


def row_line(row: ChatRow, lines: Lines) -> str:
    """Return what stands in a file of a chat row: all of them are written here."""
    return to_json(written(row, lines).to_dict())


def convert_all(
    rows: Iterable[RawRecipe | Rejection], work: Work, workers: int = 1
) -> Iterator[Outcome]:
    """Convert every recipe among the rows; rejections pass, and the order stays.

    Workers are processes, or threads where the converter mostly waits for a server.
    Raises `TopochefError` if a worker process dies.
    """
    if workers == 1:
        for row in rows:
            yield convert(row, work) if isinstance(row, RawRecipe) else row
        return
    pool = _pool(work, workers)
    try:
        waiting: deque[tuple[Batch, Future[list[Outcome]]]] = deque()
        for batch in _batches(rows, 1 if work.converter.waits else BATCH_RECIPES):
            recipes = [row for row in batch if isinstance(row, RawRecipe)]
            waiting.append((batch, pool.submit(_convert_batch, recipes, work)))
            if len(waiting) > workers * BATCHES_AHEAD:
                yield from _in_order(*waiting.popleft())
        while waiting:
            yield from _in_order(*waiting.popleft())
    except BrokenProcessPool as error:
        raise TopochefError(
            "a worker process was killed, or had no memory left: run the same command again, "
            "with fewer --workers"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _pool(work: Work, workers: int) -> Executor:
    """Return threads for a converter that waits, else processes."""
    if work.converter.waits:
        return ThreadPoolExecutor(workers)
    return ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _serve_parent)


def _batches(rows: Iterable[RawRecipe | Rejection], most: int) -> Iterator[Batch]:
    batch: Batch = []
    recipes = 0
    for row in rows:
        batch.append(row)
        recipes += isinstance(row, RawRecipe)
        if recipes == most or len(batch) == BATCH_ROWS:
            yield batch
            batch, recipes = [], 0
    if batch:
        yield batch


def _convert_batch(recipes: list[RawRecipe], work: Work) -> list[Outcome]:
    return [convert(recipe, work) for recipe in recipes]


def _in_order(batch: Batch, future: Future[list[Outcome]]) -> Iterator[Outcome]:
    outcomes = iter(future.result())
    for row in batch:
        yield next(outcomes) if isinstance(row, RawRecipe) else row


def _serve_parent() -> None:
    """Leave an interrupt to the parent, and end with it even if it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def follow() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
