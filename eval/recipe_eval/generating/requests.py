"""The titles a run must cook: the recipe rows of the test split."""

from __future__ import annotations

from pathlib import Path

from recipe_base.datasets import TEST_FILE, DataFolder
from recipe_base.errors import TopochefError
from recipe_kitchen.request import Request


def read_requests(data: Path, limit: int | None = None, file: str = TEST_FILE) -> list[Request]:
    """Return the first `limit` rows of a split that ask for a recipe by its title.

    Other tasks and other ways to ask are left out: models are compared on the same question.
    Raises `TopochefError` if there is none, or if the rows are of an older build.
    """
    rows = DataFolder(data).rows(file)
    asked = [row for row in rows.read() if row["task"] == "recipe"]
    if old := [row["id"] for row in asked if not row.keys() >= {"form", "title", "servings"}]:
        raise TopochefError(
            f"{rows.path}: row {old[0]} does not say its form, title and servings, as an older "
            f"build wrote it: delete {data} and run `{rows.made_by}` again"
        )
    requests = [
        Request(
            id=row["id"],
            title=row["title"],
            messages=row["messages"][:-1],
            gold=row["messages"][-1]["content"],
            servings=row["servings"] or None,
        )
        for row in asked
        if row["form"] == "title"
    ]
    if not requests:
        raise TopochefError(
            f"{rows.path} asks for no recipe by title: run `{rows.made_by}` with more rows"
        )
    return requests[:limit]
