"""The question which main ingredient is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from recipe_base.files import to_json
from recipe_data.answers import ingredients_answer
from recipe_data.language.text import words
from recipe_data.pantry.densities import about_grams
from recipe_data.pantry.identity import foods_in
from recipe_data.pantry.meanings import said_words
from recipe_data.pantry.words import food_words
from recipe_data.prompts import listed
from recipe_data.schema import MAX_NAMED, ChatRow, Ingredient, Recipe
from recipe_data.tasks.drawing import Draw
from recipe_data.tasks.foods import main_ingredients
from recipe_data.tasks.line_measures import FIRST_HITS, FOODS_F1
from recipe_data.tasks.listing import ONE_LIST, ListTask, listing
from recipe_data.tasks.task import Question, Wordings

_NO_MAIN = words("broth stock soup juice sauce sugar flour butter")
LEAST_GRAMS = 50.0
"""A main ingredient that the title does not name weighs at least this much."""


class MissingIngredient(ListTask):
    """Leaves one main ingredient out: one that the title names, or else the heaviest one.

    What shares a word with another line is never asked for, since that line would tell.
    """

    name = "missing_ingredient"
    order = 3
    system = f"{ONE_LIST}: the names of what is missing."
    schema = listing(MAX_NAMED)
    measures = (FOODS_F1, FIRST_HITS)
    wordings: ClassVar[Wordings] = {
        "missing_ingredient": (
            "For {title} I have {names}. Which main ingredient is missing?",
            "I want to cook {title} and have {names}. What do I still need to buy?",
            "My list for {title}: {names}. One main ingredient is not on it. Which?",
        )
    }
    wanted = (
        "names what is at hand for a dish and asks which one main ingredient is "
        "missing, without naming it; reply: its name, in a list"
    )
    example = Question(name, "For a risotto I have stock and onions. What is missing?", ("rice",))

    def rows(self, recipe: Recipe, draw: Draw) -> Iterator[ChatRow]:
        """Ask once, where something can be left out."""
        known = main_ingredients(recipe)
        if len(known) < 3:
            return
        title = said_words(recipe.title)
        lone = [food for food in known if not _shares_word(food, recipe)]
        named = [food for food in lone if title & said_words(food.name)]
        heavy = sorted((food for food in lone if _is_heavy(food)), key=about_grams)[-1:]
        if not named and not heavy:
            return
        missing = draw.pick("missing", named or heavy)
        question = self.words(
            draw,
            "missing_ingredient",
            title=recipe.title,
            names=listed([food.name for food in known if food is not missing]),
        )
        left_out = replace(missing, quantity=None, quantity_max=None, unit=None, preparation=None)
        yield self.row(recipe, question, ingredients_answer([left_out]))

    def line_fault(self, question: Question, line: str) -> str | None:
        """Say that the question tells its answer."""
        told = re.search(rf"\b{re.escape(line)}\b", question.text, re.IGNORECASE)
        return f"the question tells its answer: {line}" if told else None

    def copied(self, question: str) -> str | None:
        """Return the foods that the title names and the list does not."""
        _, fields = self.fields_of(question)
        there = said_words(fields.get("names", ""))
        lacking = [
            mention.words
            for mention in foods_in(fields.get("title", ""))
            if not there & said_words(mention.words)
        ]
        return to_json({self.key: lacking[:MAX_NAMED]}) if lacking else ""


TASK = MissingIngredient()


def _is_heavy(food: Ingredient) -> bool:
    return (
        food.unit == "g"
        and about_grams(food) >= LEAST_GRAMS
        and not _NO_MAIN & set(food_words(food.name))
    )


def _shares_word(food: Ingredient, recipe: Recipe) -> bool:
    mine = said_words(food.name)
    return any(other is not food and mine & said_words(other.name) for other in recipe.ingredients)
