"""The recipes of the training split, as their rows have them."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import Any

from recipe_base.datasets import DataFolder
from recipe_base.errors import TopochefError
from recipe_data.ingredients import parse_ingredient
from recipe_data.schema import Ingredient
from recipe_kitchen.answers import Answer, read_answer


class Example:
    """A training recipe; its answer is read when it is asked for."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.id: str = row["id"]
        self.title: str = row["title"]
        self.text: str = row["messages"][-1]["content"]
        """The answer as JSON."""

    @cached_property
    def answer(self) -> Answer:
        """Lines and steps."""
        return read_answer(self.text)

    @cached_property
    def ingredients(self) -> tuple[Ingredient, ...]:
        """The lines, read by the rules."""
        return tuple(map(_read, self.answer.ingredients))


def read_examples(data: DataFolder) -> list[Example]:
    """Return every training recipe once, as it is asked for by its title.

    Raises `TopochefError` if there is none.
    """
    examples = [
        Example(row)
        for row in data.train.read()
        if row["task"] == "recipe" and row.get("form") == "title"
    ]
    if not examples:
        raise TopochefError(
            f"{data.train.path} asks for no recipe by title: run `{data.made_by}` anew"
        )
    return examples


@lru_cache(maxsize=1 << 16)
def _read(line: str) -> Ingredient:
    return parse_ingredient(line)
