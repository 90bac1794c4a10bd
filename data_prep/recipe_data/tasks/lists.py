"""Questions whose answer is a list of ingredients: what is missing, and how much it is for more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from recipe_data.answers import ingredients_answer, render_ingredient
from recipe_data.language.text import words
from recipe_data.pantry.words import food_words
from recipe_data.prompts import listed
from recipe_data.schema import MAX_INGREDIENT_CHARS, ChatRow, Ingredient, Recipe
from recipe_data.tasks.drawing import Draw, question_row
from recipe_data.tasks.foods import main_ingredients, weight
from recipe_data.tasks.scale import scaled

SERVINGS = (1, 2, 3, 4, 6, 8, 10, 12)
BATCHES = {0.5: "half a batch", 1.5: "one and a half batches", 2.0: "two batches"}
MOST_TIMES = 4
_NO_MAIN = words("broth stock soup juice sauce sugar flour butter")
LEAST_GRAMS = 50.0
"""A main ingredient that the title does not name weighs at least this much."""


def missing_rows(recipe: Recipe, draw: Draw) -> Iterator[ChatRow]:
    """Leave one main ingredient out: one that the title names, or else the heaviest one.

    What shares a word with another line is never asked for, since that line would tell.
    """
    known = main_ingredients(recipe)
    if len(known) < 3:
        return
    title = set(food_words(recipe.title))
    lone = [food for food in known if not _shares_word(food, recipe)]
    named = [food for food in lone if title & set(food_words(food.name))]
    heavy = sorted((food for food in lone if _is_heavy(food)), key=weight)[-1:]
    if not named and not heavy:
        return
    missing = draw.pick("missing", named or heavy)
    question = draw.words(
        "missing_ingredient",
        title=recipe.title,
        names=listed([food.name for food in known if food is not missing]),
    )
    left_out = replace(missing, quantity=None, quantity_max=None, unit=None, preparation=None)
    yield question_row(recipe, "missing_ingredient", question, ingredients_answer([left_out]))


def _is_heavy(food: Ingredient) -> bool:
    return (
        food.unit == "g"
        and weight(food) >= LEAST_GRAMS
        and not _NO_MAIN & set(food_words(food.name))
    )


def _shares_word(food: Ingredient, recipe: Recipe) -> bool:
    mine = set(food_words(food.name))
    return any(
        other is not food and mine & set(food_words(other.name)) for other in recipe.ingredients
    )


def scaling_rows(recipe: Recipe, draw: Draw) -> Iterator[ChatRow]:
    """Ask for the list for other servings, or for a multiple where servings are not stated."""
    if sum(ingredient.quantity is not None for ingredient in recipe.ingredients) < 2:
        return
    now, then, factor = _change(recipe.servings, draw)
    answer = scaled(recipe.ingredients, factor)
    if any(len(render_ingredient(line)) > MAX_INGREDIENT_CHARS for line in answer):
        return
    lines = "\n".join(f"- {render_ingredient(line)}" for line in recipe.ingredients)
    question = draw.words("scaling", title=recipe.title, now=now, then=then, lines=lines)
    yield question_row(recipe, "scaling", question, ingredients_answer(answer))


def _change(servings: int | None, draw: Draw) -> tuple[str, str, float]:
    """Return what a recipe is for, what it shall be for, and their ratio."""
    near = [s for s in SERVINGS if servings and s != servings and _is_near(s, servings)]
    if servings is None or not near:
        factor = draw.pick("factor", tuple(BATCHES))
        return "one batch", BATCHES[factor], factor
    target = draw.pick("servings", near)
    return _servings(servings), _servings(target), target / servings


def _is_near(target: int, servings: int) -> bool:
    return servings <= MOST_TIMES * target and target <= MOST_TIMES * servings


def _servings(count: int) -> str:
    return f"{count} serving{'s' if count != 1 else ''}"
