"""The row that teaches what the recipes of similar titles agree on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from recipe_data.answers import answer_fault, chat_row, ingredients_answer
from recipe_data.schema import ChatRow, Ingredient, Recipe

TASK = "consensus"


def consensus_row(recipe: Recipe, ingredients: Sequence[Ingredient]) -> ChatRow | None:
    """Return a row that asks for a recipe as always, and answers with these ingredients.

    Only the list is trained, up to the bracket that closes it. Behind it stands the first step of
    the recipe, untrained, so that the list ends in the same tokens as every other. None where such
    an answer would break the bounds of its schema.
    """
    listed = replace(recipe, ingredients=tuple(ingredients), instructions=recipe.instructions[:1])
    if not ingredients or answer_fault(listed):
        return None
    row = chat_row(listed)
    end = len(ingredients_answer(ingredients)[0]) - len("}")
    return replace(
        row,
        id=f"{recipe.id}-{TASK}",
        task=TASK,
        spans=tuple(span for span in row.spans if span.end <= end),
        trained=(0, end),
    )
