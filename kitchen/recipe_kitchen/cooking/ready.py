"""A written recipe made ready to be shown: scaled, checked, and compared with what is at home."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from recipe_data.answers import render_ingredient
from recipe_data.check import Warning
from recipe_data.check.avoided import Avoided, taken_for
from recipe_data.check.substances import unchecked
from recipe_data.grounded_prompts import Neighbour
from recipe_data.language.text import words
from recipe_data.line_order import amount_first
from recipe_data.pantry.meanings import is_said, naming_words, said_words
from recipe_data.prompts import Diet
from recipe_data.schema import Recipe
from recipe_kitchen.answers import Answer, as_recipe
from recipe_kitchen.choosing import doubts
from recipe_kitchen.cooking.order import Order, plain

_AMOUNT = re.compile(r"\b\d+(?:[.,]\d+)?\s?(?:g|kg|ml|l|tbsp|tsp|cups?)\b")
_STAPLES = words("water ice")


@dataclass(frozen=True)
class ReadyRecipe:
    """What is shown; all of it is safe to print."""

    title: str
    servings: int | None
    ingredients: tuple[str, ...]
    steps: tuple[str, ...]
    diet: Diet | None = None
    warnings: tuple[Warning, ...] = ()
    avoided: tuple[Avoided, ...] = ()
    """What the words for what is avoided were taken for."""
    unchecked: tuple[Warning, ...] = ()
    """What could not be checked, where something is avoided or a diet kept."""
    diet_word: str = ""
    """What the diet was called, where by another name."""
    to_buy: tuple[str, ...] | None = None
    """Names of what is not at home; None where nobody said what is."""
    author: str = ""
    """The model that wrote it."""
    after: tuple[Neighbour, ...] = ()
    """Recipes of a cookbook that the model was given to lean on, the nearest first."""
    read: Recipe | None = None
    """What the lines and steps say, where they were read before."""

    @cached_property
    def recipe(self) -> Recipe:
        """What the lines and steps say: read once, for all that show it."""
        return self.read or as_recipe(
            self.title, self.servings, Answer(self.ingredients, self.steps)
        )

    @property
    def doubts(self) -> list[str]:
        """The warnings in words, each with its place."""
        return [f"{warning.where}: {warning.message}" for warning in self.warnings]

    @property
    def leant_on(self) -> str:
        """What it leans on in words, each with how near it is; empty where on nothing."""
        return ", ".join(each.named for each in self.after)

    @property
    def notes(self) -> list[str]:
        """What was looked for, and what could not be checked."""
        told = [f"{self.diet_word}: taken for {self.diet}"] if self.diet_word else []
        told += [each.told for each in self.avoided]
        return told + [f"{note.where}: {note.message}" for note in self.unchecked]


def plate(order: Order, answer: Answer, author: str = "") -> ReadyRecipe:
    """Make a dish of an answer: scale it to the servings that were ordered, then check it.

    Whatever its model's lines begin with, a cook and other programs get the amount first.
    """
    lines = tuple(map(amount_first, _texts(answer.ingredients)))
    steps = _texts(answer.instructions)
    told: list[Warning] = []
    recipe = as_recipe(order.heading, order.servings, Answer(lines, steps))
    if order.servings and order.asked_servings and order.servings != order.asked_servings:
        from recipe_data.tasks.scale import scaled

        listed = scaled(recipe.ingredients, order.servings / order.asked_servings)
        recipe = replace(recipe, ingredients=listed)
        lines = tuple(map(render_ingredient, listed))
        told = unscaled(steps, order.asked_servings)
    return ReadyRecipe(
        title=order.heading,
        servings=order.servings,
        ingredients=lines,
        steps=steps,
        diet=order.diet,
        warnings=(*doubts(recipe, order.avoid, order.diet), *told),
        avoided=tuple(map(taken_for, order.avoid)),
        unchecked=tuple(unchecked(recipe, order.diet)) if order.avoid or order.diet else (),
        diet_word=order.diet_word,
        to_buy=to_buy(recipe, order.have) if order.have else None,
        author=plain(author),
        after=tuple(each._replace(title=plain(each.title)) for each in order.neighbours),
        read=recipe,
    )


def _texts(written: Sequence[str]) -> tuple[str, ...]:
    """Return what a model wrote as lines of plain text, which steer neither terminal nor model."""
    lines = (" ".join(plain(line).split()) for line in written)
    return tuple(line for line in lines if line)


def unscaled(steps: Sequence[str], servings: int) -> list[Warning]:
    """Tell which steps name amounts: they were written for the servings that were asked for."""
    message = f"the amounts in this step are for {servings} servings"
    return [
        Warning("unscaled-amount", message, f"step {number}")
        for number, step in enumerate(steps, 1)
        if _AMOUNT.search(step)
    ]


def to_buy(recipe: Recipe, have: Sequence[str]) -> tuple[str, ...]:
    """Return the names of what a recipe needs and is not at home."""
    at_home = said_words(", ".join(have)) | _STAPLES
    missing = (i.name for i in recipe.ingredients if not is_said(naming_words(i.name), at_home))
    return tuple(dict.fromkeys(missing))
