"""From one recipe to the rows of the chosen tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, get_args

from recipe_base.errors import TopochefError
from recipe_data.schema import ChatRow, Recipe, Task
from recipe_data.tasks.drawing import Draw
from recipe_data.tasks.lists import missing_rows, scaling_rows
from recipe_data.tasks.numbers import quantity_rows, temperature_rows, time_rows
from recipe_data.tasks.substitution import substitution_rows
from recipe_data.tasks.whole import by_title, variant_rows

Choice = Task | Literal["variants"]
"""What can be asked for: a task, or recipes in other words than by title.

The rows of `variants` are of the task `recipe`. They are chosen apart, because they repeat the
answers of the rows by title, and because those alone are what models are compared on.
"""
CHOICES: tuple[Choice, ...] = (*get_args(Task), "variants")
BY_TITLE: frozenset[Choice] = frozenset({"recipe"})
ALL: frozenset[Choice] = frozenset(CHOICES)

_ROWS: dict[Choice, Callable[[Recipe, Draw], Iterator[ChatRow]]] = {
    "recipe": lambda recipe, _: iter([by_title(recipe)]),
    "variants": variant_rows,
    "missing_ingredient": missing_rows,
    "substitution": substitution_rows,
    "scaling": scaling_rows,
    "quantity": quantity_rows,
    "time": time_rows,
    "temperature": temperature_rows,
}


def rows_of(recipe: Recipe, seed: int, tasks: frozenset[Choice]) -> Iterator[ChatRow]:
    """Yield the rows of the chosen tasks that a recipe allows, the recipe by title first.

    The same recipe and seed give the same rows, whatever else is chosen.
    """
    draw = Draw(recipe.id, seed)
    for task, rows in _ROWS.items():
        if task in tasks:
            yield from rows(recipe, draw)


def parse_tasks(argument: str) -> frozenset[Choice]:
    """Read `--tasks`: a comma-separated list, or `all`.

    >>> sorted(parse_tasks("scaling, recipe"))
    ['recipe', 'scaling']
    """
    names = {name.strip().lower() for name in argument.split(",")}
    if names == {"all"}:
        return ALL
    if unknown := names - set(CHOICES):
        raise TopochefError(
            f"--tasks {argument}: {', '.join(sorted(map(repr, unknown)))} unknown: "
            f"choose from {', '.join(CHOICES)}, separated by commas, or all"
        )
    return frozenset(choice for choice in CHOICES if choice in names)
