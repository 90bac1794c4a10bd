"""Small gold recipes."""

from __future__ import annotations

from collections.abc import Sequence

from recipe_base.files import to_json

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
