"""The titles a run must cook: the recipe rows of the test split."""

from __future__ import annotations

import re
from pathlib import Path

from recipe_base.datasets import TEST_FILE, DataFolder
from recipe_base.errors import TopochefError
from recipe_data.prompts import recipe_request
from recipe_kitchen.request import Request

_SERVINGS = re.compile(r", (\d+) servings?\Z")


def read_requests(data: Path, limit: int | None = None, file: str = TEST_FILE) -> list[Request]:
    """Return the first `limit` rows of a split that ask for a recipe by its title.

    Other tasks and other ways to ask are left out: models are compared on the same question.
    Raises `TopochefError` if there is none.
    """
    rows = DataFolder(data).rows(file)
    requests = [
        Request(
            id=row["id"],
            title=title,
            messages=row["messages"][:-1],
            gold=row["messages"][-1]["content"],
            servings=requested_servings(row["messages"][-2]["content"]),
        )
        for row in rows.read()
        if row["task"] == "recipe"
        and (title := requested_title(row["messages"][-2]["content"])) is not None
    ]
    if not requests:
        raise TopochefError(
            f"{rows.path} asks for no recipe by title: run `{rows.made_by}` with more rows"
        )
    return requests[:limit]


def requested_title(prompt: str) -> str | None:
    """Undo `recipe_data.prompts.recipe_request`; None for a prompt of another form.

    >>> requested_title(recipe_request("BLT, Toasted", servings=2))
    'BLT, Toasted'
    >>> requested_title("I have eggs and rice. Generate a recipe.") is None
    True
    """
    before, after = recipe_request("\0").split("\0")
    if not prompt.startswith(before) or not prompt.endswith(after):
        return None
    return _SERVINGS.sub("", prompt[len(before) : -len(after)])


def requested_servings(prompt: str) -> int | None:
    """Return the servings that `recipe_data.prompts.recipe_request` asks for, if any.

    >>> requested_servings(recipe_request("BLT", servings=2)), requested_servings("BLT")
    (2, None)
    """
    _, after = recipe_request("\0").split("\0")
    found = _SERVINGS.search(prompt.removesuffix(after))
    return int(found[1]) if found else None
