"""The questions of a build that no recipe of its source asks: by hand, and approved by hand."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from recipe_data.augmenting.review import reviewed_rows
from recipe_data.building.split import Split
from recipe_data.schema import ChatRow
from recipe_data.tasks.by_hand.curated import curated_rows, curated_splits
from recipe_data.tasks.registry import BY_TITLE
from recipe_data.tasks.task import Question


def written_rows(
    tasks: frozenset[str], approved: Collection[Question], seed: int
) -> Iterator[tuple[Split, ChatRow]]:
    """Yield the rows of the chosen tasks, each with its split; none where only titles are asked."""
    if tasks <= BY_TITLE:
        return
    splits = curated_splits(seed)
    for row in curated_rows():
        if row.task in tasks:
            yield splits[row.id], row
    for row in _used(tasks, approved, seed):
        yield "train", row


def approved_facts(
    tasks: frozenset[str], approved: Collection[Question], seed: int
) -> dict[str, Any]:
    """Count the approved questions for the manifest; nothing where there are none.

    Those of other tasks, and those alike to a question of test or validation, are not used.
    """
    if not approved:
        return {}
    used = len(_used(tasks, approved, seed))
    return {"approved_questions": {"given": len(approved), "used": used}}


def _used(tasks: frozenset[str], approved: Collection[Question], seed: int) -> list[ChatRow]:
    return [row for row in reviewed_rows(approved, seed) if row.task in tasks]
