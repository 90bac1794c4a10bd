"""The tasks, and the rows of those that are chosen: one recipe in, its questions out."""

from __future__ import annotations

from collections.abc import Iterator

from recipe_base.errors import TopochefError
from recipe_data.schema import ChatRow, Recipe
from recipe_data.tasks.drawing import Draw
from recipe_data.tasks.missing_ingredient import MissingIngredient
from recipe_data.tasks.quantity import Quantity
from recipe_data.tasks.recipe import ByTitle, Variants
from recipe_data.tasks.scaling import Scaling
from recipe_data.tasks.substitution import Substitution
from recipe_data.tasks.task import QuestionTask, Task
from recipe_data.tasks.temperature import Temperature
from recipe_data.tasks.time import Time

REGISTRY: tuple[Task, ...] = (
    ByTitle(),
    Variants(),
    MissingIngredient(),
    Substitution(),
    Scaling(),
    Quantity(),
    Time(),
    Temperature(),
)
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
