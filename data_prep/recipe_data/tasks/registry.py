"""The tasks, and the rows of those that are chosen: one recipe in, its questions out."""

from __future__ import annotations

from collections.abc import Iterator

from recipe_base.discovery import declared
from recipe_base.errors import TopochefError
from recipe_data.schema import ChatRow, Recipe
from recipe_data.tasks.drawing import Draw
from recipe_data.tasks.recipe import ByTitle
from recipe_data.tasks.task import QuestionTask, Task

REGISTRY: tuple[Task, ...] = tuple(
    sorted(declared("recipe_data.tasks", Task), key=lambda task: task.order)
)
"""What the modules of this package declare: to add a task is to add its file."""
TASKS: dict[str, Task] = {task.choice: task for task in REGISTRY}
"""By what `--tasks` calls them: the name in their rows, or `variants`."""
QUESTIONS: dict[str, QuestionTask] = {
    task.name: task for task in REGISTRY if isinstance(task, QuestionTask)
}
"""The tasks of short answers, which can be asked by hand."""
BY_TITLE = frozenset({ByTitle.name})
ALL = frozenset(TASKS)


def rows_of(recipe: Recipe, seed: int, tasks: frozenset[str]) -> Iterator[ChatRow]:
    """Yield the rows of the chosen tasks that a recipe allows, the recipe by title first.

    The same recipe and seed give the same rows, whatever else is chosen.
    """
    draw = Draw(recipe.id, seed)
    for choice, task in TASKS.items():
        if choice in tasks:
            yield from task.rows(recipe, draw)


def parse_tasks(argument: str) -> frozenset[str]:
    """Read `--tasks`: a comma-separated list, or `all`.

    >>> sorted(parse_tasks("scaling, recipe"))
    ['recipe', 'scaling']
    """
    names = {name.strip().lower() for name in argument.split(",")}
    if names == {"all"}:
        return ALL
    if unknown := names - ALL:
        raise TopochefError(
            f"--tasks {argument}: {', '.join(sorted(map(repr, unknown)))} unknown: "
            f"choose from {', '.join(TASKS)}, separated by commas, or all"
        )
    return frozenset(names)
