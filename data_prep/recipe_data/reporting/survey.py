"""One pass over the chat rows of a build: how long they are and what their spans cover."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, get_args

from recipe_base.console import progress_bar
from recipe_base.datasets import DataFolder
from recipe_base.errors import TopochefError
from recipe_data.building.split import SPLITS
from recipe_data.reporting.measures import Measure, Row
from recipe_data.schema import Kind

KINDS: tuple[str, ...] = get_args(Kind)
_BATCH = 128


@dataclass
class Lengths:
    """How long the rows are under one measure."""

    name: str
    unit: str
    by_task: dict[str, array[int]] = field(default_factory=dict)
    """Length of every row, sorted."""
    answers: int = 0
    """Length of all answers together."""
    by_kind: Counter[str] = field(default_factory=Counter)
    """Length of the answers' parts that spans of a kind cover."""

    @property
    def all(self) -> array[int]:
        """The lengths of all tasks, sorted."""
        return array("I", sorted(n for lengths in self.by_task.values() for n in lengths))

    def share(self, kind: str) -> float:
        """Return which share of the answers the spans of a kind cover, 0-1."""
        return self.by_kind[kind] / self.answers


@dataclass
class Survey:
    """What a pass over the chat rows found."""

    tasks: dict[str, dict[str, int]]
    """Rows of each task, by split."""
    spans: Counter[str]
    """Spans of each kind."""
    rows_with: Counter[str]
    """Rows that have a span of the kind."""
    lengths: list[Lengths]

    @property
    def rows(self) -> int:
        """All chat rows."""
        return sum(n for counts in self.tasks.values() for n in counts.values())

    @property
    def task_names(self) -> list[str]:
        """The tasks that occur."""
        return sorted({task for counts in self.tasks.values() for task in counts})

    @property
    def kinds(self) -> list[str]:
        """The kinds that occur, in the order of the schema."""
        return [kind for kind in KINDS if self.spans[kind]]


def quantile(lengths: Sequence[int], share: float) -> int:
    """Return the smallest of the sorted lengths that at least `share` of them do not exceed.

    >>> [quantile([10, 20, 30, 40], share) for share in (0.5, 0.95, 1.0)]
    [20, 40, 40]
    """
    return lengths[max(0, math.ceil(share * len(lengths)) - 1)]


def longer(lengths: Sequence[int], limit: int) -> int:
    """Count the sorted lengths above `limit`.

    >>> longer([10, 20, 30, 40], 20)
    2
    """
    return len(lengths) - bisect_right(lengths, limit)


def survey(data: Path, tasks: dict[str, dict[str, int]], measures: Sequence[Measure]) -> Survey:
    """Measure every chat row that the build recorded in `tasks`.

    Raises `TopochefError` if the files hold other rows.
    """
    found = Survey({split: {} for split in SPLITS}, Counter(), Counter(), [])
    found.lengths = [Lengths(measure.name, measure.unit) for measure in measures]
    total = sum(n for counts in tasks.values() for n in counts.values())
    with progress_bar("Measuring", total) as advance:
        for split in SPLITS:
            rows = DataFolder(data).rows(f"{split}.jsonl").read()
            while batch := list(islice(rows, _BATCH)):
                _count(found, split, batch)
                for measure, lengths in zip(measures, found.lengths, strict=True):
                    _measure(measure, lengths, batch)
                advance(len(batch))
            if found.tasks[split] != tasks[split]:
                raise TopochefError(
                    f"{data / split}.jsonl holds {_named(found.tasks[split])}, the build wrote "
                    f"{_named(tasks[split])}: delete {data} and build it again"
                )
    for lengths in found.lengths:
        lengths.by_task = {t: array("I", sorted(n)) for t, n in sorted(lengths.by_task.items())}
    return found


def _count(found: Survey, split: str, batch: list[Row]) -> None:
    counts = found.tasks[split]
    for row in batch:
        counts[row["task"]] = counts.get(row["task"], 0) + 1
        kinds = Counter(span["kind"] for span in row["spans"])
        found.spans.update(kinds)
        found.rows_with.update(kinds.keys())


def _measure(measure: Measure, lengths: Lengths, batch: list[Row]) -> None:
    for row, measured in zip(batch, measure.measure(batch), strict=True):
        lengths.by_task.setdefault(row["task"], array("I")).append(measured.length)
        lengths.answers += measured.answer
        lengths.by_kind.update(measured.by_kind)


def _named(counts: dict[str, Any]) -> str:
    return ", ".join(f"{n} {task} rows" for task, n in sorted(counts.items())) or "no rows"
