"""The conversations on which logits and prompts are compared: rows of the data, or built in."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.datasets import DataFolder
from recipe_base.errors import TopochefError
from recipe_base.files import fingerprint
from recipe_data.language.control_tokens import neutralise_control_tokens
from recipe_data.tasks.registry import REGISTRY
from recipe_export.proofs.probes import CONVERSATIONS, TORTURE

ROWS = 16
MOST_ROWS = 1000

Messages = list[dict[str, str]]


class Probes(NamedTuple):
    """Conversations that no training has seen, and where they are from."""

    source: str
    conversations: tuple[list[dict[str, Any]], ...]
    """Messages, the last of them the assistant's."""

    @property
    def content(self) -> str:
        """Tell one set of conversations from another."""
        return fingerprint(self.conversations)


BUILT_IN = Probes("the built-in recipes", CONVERSATIONS)


def held_out(data: Path) -> Probes:
    """Return `ROWS` rows of `data/test.jsonl`, evenly spaced over the file.

    Raises `TopochefError` if there is no test split, or no row with an answer in it.
    """
    test = DataFolder(data).test
    path = test.path
    rows = [row["messages"] for row in test.read() if row.get("messages")]
    if not rows:
        raise TopochefError(f"{path} holds no conversation: run `{test.made_by}` with more rows")
    chosen = [rows[i * len(rows) // ROWS] for i in range(ROWS)] if len(rows) > ROWS else rows
    return Probes(f"{len(chosen)} rows of {path}", tuple(chosen))


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
