"""How much of it: what the recipe's list says, for as many as are asked about."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from recipe_data.answers import render_ingredient
from recipe_data.check import check_recipe
from recipe_data.prompts import listed
from recipe_data.schema import Ingredient, Recipe
from recipe_data.tasks.foods import main_ingredients
from recipe_data.tasks.number_measures import Amount
from recipe_data.tasks.quantity import TASK, how_much, people
from recipe_data.tasks.scale import scaled
from recipe_kitchen.cooking.questions.asked import About, Asked, Kind, Rule
from recipe_kitchen.cooking.questions.counts import change
from recipe_kitchen.cooking.questions.foods import line_of
from recipe_kitchen.cooking.questions.freely import freely, written
from recipe_kitchen.cooking.questions.numbers import is_near

_BESIDE = 3
"""So many other lines tell how large a dish is that does not say for how many it is."""
_FOOD = re.compile(
    r"\b(?:how (?:much|many)|(?:what|which) (?:amount|quantity))\s+(?:of\s+)?"
    r"(?:(?:grams?|g|ml|millilit(?:re|er)s?|pieces?|cloves?|slices?|cups?|spoons?)\s+(?:of\s+)?)?"
    r"(?:the\s+)?(?P<food>(?!(?:is|are|do|does|did|should|would|will|can|must|for|in|to|go|goes|people"
    r"|persons?|servings?|portions?|eaters|minutes?|hours?|days?|degrees|time|°|i|we|it|that|this|of)\b)"
    r"[^?.!,;:]+?)"
    r"(?=\s+(?:do|does|did|should|would|will|can|must|is|are|for|in|into|to|go|goes|with|per|on|I|we"
    r"|it|belongs?|replaces?)\b|[?.!,;:]|$)",
    re.IGNORECASE,
)


class HowMuch(Kind):
    """The amount on the recipe's line; the model is asked without seeing it."""

    task = TASK
    pattern = _FOOD
    rank = 1
    example = "How much butter?"

    def ask(self, question: str, about: About) -> Asked:
        """Find the line of the food."""
        found = _FOOD.search(question)
        food = found["food"].strip() if found else ""
        recipe = about.recipe
        line = line_of(food, recipe.ingredients) if recipe else None
        if recipe is None or line is None:
            notes = (f"not on the recipe's list: {food}",) if recipe else ()
            return freely(TASK, question, about, notes=notes)
        if line.quantity is None:
            return freely(
                TASK, question, about, notes=(f"the recipe says not how much {line.name}",)
            )
        because = f"the recipe's list says {render_ingredient(line)}"
        servings = recipe.servings
        now = change(question, servings)
        if now and now.factor != 1:
            (line,) = scaled([line], now.factor)
            because += f", scaled by {now.factor:.3g}"
            servings = now.servings
        rule = Rule((render_ingredient(line),), because, _differs(line))
        return Asked(TASK, _prompt(recipe, line, servings), rule, _doubts(recipe, line))


KIND = HowMuch()


def _prompt(recipe: Recipe, line: Ingredient, servings: int | None) -> str:
    fields = {**how_much(line), "name": line.name, "title": recipe.title}
    others = [
        replace(other, preparation=None)
        for other in main_ingredients(recipe)
        if other.name != line.name and other.quantity is not None
    ]
    if servings or not others:
        return TASK.asked("quantity", portion=people(servings), **fields)
    beside = listed([render_ingredient(other) for other in others[:_BESIDE]])
    return TASK.asked("quantity_beside", beside=beside, **fields)


def _differs(line: Ingredient) -> Callable[[Amount], list[str]]:
    def differs(amount: Amount) -> list[str]:
        near = is_near(amount.value, line.quantity, line.quantity_max)
        if amount.unit == line.unit and near:
            return []
        return [f"the model would take {written(amount)[0]}"]

    return differs


def _doubts(recipe: Recipe, line: Ingredient) -> Callable[[Amount], list[str]]:
    def doubts(amount: Amount) -> list[str]:
        if amount.unit not in ("g", "ml", "unit"):
            return []
        other = replace(line, quantity=amount.value, quantity_max=None, unit=amount.unit)
        dish = replace(recipe, ingredients=(*recipe.ingredients, other))
        place = f"ingredient {len(dish.ingredients)}"
        found = check_recipe(dish)
        return [w.message for w in found if w.code == "implausible-amount" and w.where == place]

    return doubts
