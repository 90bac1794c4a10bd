"""A dish in the form in which the page takes it."""

from __future__ import annotations

from typing import Any

from recipe_data.schema import Ingredient
from recipe_kitchen.cooking.card import amount_text, fragments
from recipe_kitchen.cooking.linked import as_linked_data
from recipe_kitchen.cooking.ready import ReadyRecipe

Event = dict[str, Any]


def served(dish: ReadyRecipe) -> Event:
    """Return a whole dish for the page, and for recipe managers."""
    return {"dish": shown(dish), "linked": as_linked_data(dish)}


def shown(dish: ReadyRecipe) -> Event:
    """Return a dish as the page shows it; every value is plain text."""
    recipe = dish.recipe
    return {
        "title": dish.title,
        "servings": dish.servings,
        "lines": dish.ingredients,
        "ingredients": [ingredient_row(ingredient) for ingredient in recipe.ingredients],
        "steps": [[part._asdict() for part in fragments(step)] for step in recipe.instructions],
        "warnings": dish.doubts,
        "notes": [*([f"after: {dish.leant_on}"] if dish.after else []), *dish.notes],
        "toBuy": dish.to_buy,
        "diet": dish.diet or "",
        "avoid": ",".join(meant.word for meant in dish.avoided),
        "author": dish.author,
    }


def ingredient_row(ingredient: Ingredient) -> Event:
    """Return a line of the table."""
    return {
        "amount": amount_text(ingredient),
        "name": ingredient.name,
        "note": ingredient.preparation,
    }
