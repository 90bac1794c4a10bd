"""The whole recipe: asked for by its title, from what is at hand, or for a diet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import ClassVar

from recipe_data.answers import chat_row
from recipe_data.prompts import PANTRY, SYSTEM, diet_request, listed, question_messages
from recipe_data.schema import ANSWER_SCHEMA, ChatRow, Form, Recipe
from recipe_data.tasks.diets import diet_of
from recipe_data.tasks.drawing import Draw
from recipe_data.tasks.foods import main_ingredients, prominent
from recipe_data.tasks.task import Task, Wordings

MOST_NAMED = 6

# Finding the spans of a recipe takes most of the time of all its rows.
_by_title = lru_cache(maxsize=1)(chat_row)


class ByTitle(Task):
    """The recipe by its title: what models are compared on, by the metrics of `recipe_eval`."""

    name = "recipe"
    order = 1
    system = SYSTEM
    schema = ANSWER_SCHEMA
    wordings: ClassVar[Wordings] = {"pantry": PANTRY}

    def rows(self, recipe: Recipe, draw: Draw) -> Iterator[ChatRow]:
        """Ask once, in the same words always."""
        yield _by_title(recipe)


TASK = ByTitle()


class Variants(ByTitle):
    """The same task in other words: from a list of ingredients, and by title with a diet.

    Chosen apart, because these rows repeat the answers of those by title. The diet is stated
    wherever it is true, in the pantry's prompt for one half of the recipes.
    """

    choice = "variants"
    order = 2

    def rows(self, recipe: Recipe, draw: Draw) -> Iterator[ChatRow]:
        """Ask from a list of ingredients, and with a diet that the recipe surely keeps to."""
        diet = diet_of(recipe)
        foods = prominent(main_ingredients(recipe), recipe.title, MOST_NAMED)
        if len(foods) >= 2:
            stated = draw.pick("state the diet", (diet, None))
            question = self.words(
                draw,
                "pantry",
                names=listed([food.name for food in foods]),
                a_diet=f"a {stated} " if stated else "a ",
                portion=_portion(recipe.servings),
            )
            yield self._asked(recipe, question, "pantry", 1)
        if diet:
            question = diet_request(recipe.title, diet, recipe.servings)
            yield self._asked(recipe, question, "diet", 2)

    def _asked(self, recipe: Recipe, question: str, form: Form, number: int) -> ChatRow:
        row = _by_title(recipe)
        messages = (*question_messages(self.system, question), row.messages[-1])
        return replace(row, id=f"{row.id}-{number}", messages=messages, form=form)


VARIANTS = Variants()


def _portion(servings: int | None) -> str:
    return f" for {servings} serving{'s' if servings != 1 else ''}" if servings else ""
