"""The conversations on which prompts are compared: rows of the data, or ones made up here."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

from recipe_base.datasets import DataFolder
from recipe_base.errors import TopochefError
from recipe_data.language.control_tokens import neutralise_control_tokens
from recipe_data.tasks.registry import REGISTRY
from recipe_export.proofs.probes import CONVERSATIONS, TORTURE

MOST_ROWS = 1000

Messages = list[dict[str, str]]


def rows_of(data: Path, most: int = MOST_ROWS) -> list[Messages]:
    """Return up to `most` rows that training saw, of all tasks alike, always the same ones."""
    by_task: dict[str, list[Messages]] = defaultdict(list)
    tasks = len({task.name for task in REGISTRY})
    train = DataFolder(data).train
    for row in train.read():
        if len(by_task[row["task"]]) < most:
            by_task[row["task"]].append(row["messages"])
        elif len(by_task) == tasks and all(len(r) >= most for r in by_task.values()):
            break
    turns = zip_longest(*(by_task[task] for task in sorted(by_task)))
    rows = [row for row in chain.from_iterable(turns) if row is not None]
    if not rows:
        raise TopochefError(f"{train.path} has no rows: run `{train.made_by}` again")
    return rows[:most]


def built_in_rows() -> list[Messages]:
    """Return conversations with and without system, of one turn and of more, with hard texts."""
    answer: dict[str, str] = CONVERSATIONS[0][-1]
    plain = [list(conversation) for conversation in CONVERSATIONS]
    hard = [
        [plain[0][0], {"role": "user", "content": text}, answer]
        for raw in TORTURE
        if (text := neutralise_control_tokens(raw).strip())
    ]
    longer: list[Any] = [
        [*first, *second[1:], *third[1:]]
        for first, second, third in zip(plain, plain[1:], plain[2:], strict=False)
    ]
    return [*plain, *(row[1:] for row in plain), *longer, *(row[1:] for row in longer), *hard]
