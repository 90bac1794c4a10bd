"""Small gold recipes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from recipe_base.files import to_json
from recipe_data.prompts import recipe_messages
from recipe_data.schema import ChatRow

GOLD = [
    (
        "Buttered Rice",
        ["200 g rice", "30 g butter", "salt"],
        ["Boil the rice for 12 minutes.", "Drain and stir in the butter."],
    ),
    (
        "Cheese Toast",
        ["2 slices bread", "60 g cheddar cheese, grated"],
        ["Cover the bread with cheese.", "Bake at 200 °C for 8 minutes."],
    ),
    (
        "Garlic Spaghetti",
        ["320 g spaghetti", "3 garlic cloves", "60 ml olive oil"],
        ["Boil the spaghetti for 9 minutes.", "Fry the garlic in the oil.", "Toss and serve."],
    ),
]


def answer(ingredients: Sequence[str], instructions: Sequence[str]) -> str:
    """Return an answer as a model writes it."""
    return to_json({"ingredients": list(ingredients), "instructions": list(instructions)})


def recipe_row(identity: str, title: str, text: str, servings: int = 2) -> dict[str, Any]:
    """Return the row of a build that asks for a recipe by its title, without spans."""
    return ChatRow(
        id=f"{identity}-recipe",
        task="recipe",
        messages=(*recipe_messages(title, servings), {"role": "assistant", "content": text}),
        spans=(),
        source="demo",
        form="title",
        recipe=identity,
        title=title,
        servings=servings,
    ).to_dict()
