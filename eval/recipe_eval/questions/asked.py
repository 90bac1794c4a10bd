"""The questions a run must answer: the rows of the test split that ask no whole recipe."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.datasets import DataFolder
from recipe_base.errors import TopochefError
from recipe_data.tasks.registry import QUESTIONS
from recipe_data.tasks.task import QuestionTask
from recipe_kitchen.request import Request, Shape

CURATED = "curated"
"""Marks what is measured of questions that people asked, or approved."""


class Asked(NamedTuple):
    """One question of the test split."""

    request: Request
    task: QuestionTask
    curated: bool
    """Whether it was asked by hand, and held out by its topic; else it is about a recipe."""

    @property
    def text(self) -> str:
        """The question in its words."""
        return self.request.messages[-1]["content"]

    @property
    def group(self) -> str:
        """What it is counted among: its task, those asked by hand apart."""
        return f"{self.task.name}.{CURATED}" if self.curated else self.task.name


def read_questions(data: Path, limit: int | None = None) -> list[Asked]:
    """Return the questions of the test split, in its order.

    `limit` is the most of one task about recipes; those asked by hand are few, and all are taken.
    Raises `TopochefError` if there are none, or the rows are of an older build.
    """
    rows = DataFolder(data).test
    found: list[Asked] = []
    counts: Counter[str] = Counter()
    for row in rows.read():
        if row["task"] not in QUESTIONS:
            continue
        if "recipe" not in row:
            raise TopochefError(
                f"{rows.path}: row {row['id']} does not say what it asks about, as an older build "
                f"wrote it: delete {data} and run `{rows.made_by} --tasks all` again"
            )
        one = as_asked(row)
        counts[one.group] += 1
        if one.curated or limit is None or counts[one.group] <= limit:
            found.append(one)
    if not found:
        raise TopochefError(
            f"{rows.path} asks no questions: run `{rows.made_by} --tasks all` into a new folder"
        )
    return found


def as_asked(row: dict[str, Any]) -> Asked:
    """Return the question that a chat row of a question task asks."""
    task = QUESTIONS[row["task"]]
    *asked, answer = row["messages"]
    shape = Shape(task.schema, task.text_fault)
    request = Request(row["id"], row["title"], asked, answer["content"], shape=shape)
    return Asked(request, task, curated=not row["recipe"])
