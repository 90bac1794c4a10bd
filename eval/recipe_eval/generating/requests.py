"""The titles a run must cook: the recipe rows of the test split."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recipe_base.datasets import TEST_FILE, DataFolder
from recipe_base.errors import TopochefError
from recipe_base.files import read_manifest
from recipe_data.grounded_prompts import ungrounded
from recipe_kitchen.request import Request


def read_requests(data: Path, limit: int | None = None, file: str = TEST_FILE) -> list[Request]:
    """Return the first `limit` rows of a split that ask for a recipe by its title.

    Other tasks and other ways to ask are left out: models are compared on the same question.
    Raises `TopochefError` if there is none, or if the rows are of an older build.
    """
    rows = DataFolder(data).rows(file)
    asked = [row for row in rows.read() if row.get("task") == "recipe"]
    if old := [row["id"] for row in asked if not row.keys() >= {"form", "title", "servings"}]:
        raise TopochefError(
            f"{rows.path}: row {old[0]} does not say its form, title and servings, as an older "
            f"build wrote it: delete {data} and run `{rows.made_by}` again"
        )
    for row in asked:
        if not _is_whole(row):
            raise TopochefError(
                f"{rows.path}: row {row.get('id')} has no title, whole servings or messages that "
                f"end with an answer: delete {data} and run `{rows.made_by}` again"
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


def is_grounded(data: Path) -> bool:
    """Tell whether the prompts of a data folder carry recipes to lean on."""
    return "ground" in read_manifest(data).get("build", {}).get("inputs", {})


def plain(requests: Sequence[Request], data: Path) -> list[Request]:
    """Return the requests without the recipes that they lean on.

    Raises `TopochefError` where none leans on any: the data is of another build.
    """
    asked = [
        request._replace(
            messages=[{**m, "content": ungrounded(m["content"])} for m in request.messages]
        )
        for request in requests
    ]
    if asked == [*requests]:
        raise TopochefError(
            f"--without-neighbours: no prompt of {data} leans on recipes: leave it out, or build "
            "with --ground"
        )
    return asked


def _is_whole(row: dict[str, Any]) -> bool:
    """Tell whether a row has what a request is made of, each of its type."""
    messages = row.get("messages")
    return (
        all(isinstance(row.get(key), str) for key in ("id", "title"))
        and isinstance(row["servings"], int | None)
        and isinstance(messages, list)
        and bool(messages)
        and all(isinstance(m, dict) and isinstance(m.get("content"), str) for m in messages)
    )
