"""One row in, one row out: the conversion of the build as engines for many machines call it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recipe_base.datasets import AMOUNT_FIRST, Lines
from recipe_data.building.converting import Converted, Work, convert
from recipe_data.building.sources.fields import UnusableError, choose_all
from recipe_data.building.sources.objects import from_object
from recipe_data.schema import Rejection
from recipe_data.tasks.registry import parse_tasks


def convert_row(
    row: Mapping[str, Any],
    number: int = 0,
    *,
    seed: int = 7,
    tasks: str = "recipe",
    lines: Lines = AMOUNT_FIRST,
) -> dict[str, str]:
    """Convert a row with RecipeNLG's columns `title`, `ingredients`, `directions` and `link`.

    `line` is, byte for byte, what `recipe-data build` keeps of the row until it splits the rows: a
    JSON list of its title, its recipe, its text for pretraining and its chat rows. Of a row that
    cannot be used it is empty, and `rejected` says why. `seed`, `tasks` and `lines` are those of
    the build.

    >>> row = {"title": "Rice", "ingredients": '["1 c. rice"]', "directions": ["Boil the rice."]}
    >>> convert_row(row)["line"][:7], convert_row({**row, "ingredients": []})["rejected"]
    ('["Rice"', 'no ingredients')
    """
    try:
        raw = from_object(number, row, choose_all)
    except UnusableError as problem:
        outcome: Converted | Rejection = problem.rejection(number)
    else:
        outcome = convert(raw, Work(seed, parse_tasks(tasks), lines=lines))
    if isinstance(outcome, Rejection):
        return {"line": "", "rejected": outcome.reason}
    return {"line": outcome.line, "rejected": ""}
