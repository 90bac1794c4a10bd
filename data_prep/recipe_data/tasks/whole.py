"""The same recipe asked for otherwise: from what is at hand, or for a diet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from recipe_data.answers import chat_row
from recipe_data.prompts import SYSTEM, diet_request, listed
from recipe_data.schema import ChatRow, Form, Recipe
from recipe_data.tasks.diets import diet_of
from recipe_data.tasks.drawing import Draw
from recipe_data.tasks.foods import main_ingredients, prominent

MOST_NAMED = 6

by_title = lru_cache(maxsize=1)(chat_row)
"""The row that asks for a recipe by title: finding its spans takes most of the time of all rows."""


def variant_rows(recipe: Recipe, draw: Draw) -> Iterator[ChatRow]:
    """Yield the recipe as the answer to a list of ingredients, and to its title with a diet.

    The diet is stated wherever it is true, in the pantry's prompt for one half of the recipes.
    """
    diet = diet_of(recipe)
    foods = prominent(main_ingredients(recipe), recipe.title, MOST_NAMED)
    if len(foods) >= 2:
        stated = draw.pick("state the diet", (diet, None))
        question = draw.words(
            "pantry",
            names=listed([food.name for food in foods]),
            a_diet=f"a {stated} " if stated else "a ",
            portion=_portion(recipe.servings),
        )
        yield _asked(recipe, question, "pantry", 1)
    if diet:
        question = diet_request(recipe.title, diet, recipe.servings)
        yield _asked(recipe, question, "diet", 2)


def _portion(servings: int | None) -> str:
    return f" for {servings} serving{'s' if servings != 1 else ''}" if servings else ""


def _asked(recipe: Recipe, question: str, form: Form, number: int) -> ChatRow:
    row = by_title(recipe)
    prompt = ({"role": "system", "content": SYSTEM}, {"role": "user", "content": question})
    messages = (*prompt, row.messages[-1])
    return replace(row, id=f"{row.id}-{number}", messages=messages, form=form)
