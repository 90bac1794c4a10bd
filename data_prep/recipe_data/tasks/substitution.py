"""Questions about what can stand in for an ingredient, answered from curated knowledge only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any, ClassVar, NamedTuple

from recipe_base.errors import TopochefError
from recipe_data.answers import ingredients_answer, render_ingredient, rounded
from recipe_data.curated_files import read_packaged
from recipe_data.ingredients import parse_ingredient
from recipe_data.language.text import words
from recipe_data.pantry.densities import about_grams
from recipe_data.pantry.identity import same_food
from recipe_data.pantry.words import food_words
from recipe_data.schema import MAX_NAMED, ChatRow, Ingredient, Recipe
from recipe_data.tasks.drawing import MOST_ROWS, Draw
from recipe_data.tasks.foods import is_dough
from recipe_data.tasks.line_measures import AMOUNT_ERROR, FOODS_F1, LINES_F1
from recipe_data.tasks.listing import ONE_LIST, ListTask, listing
from recipe_data.tasks.task import Question, Wordings

FILE = "replacements.yaml"
_BAKING = words("flour sugar chocolate")
_BAKING_GRAMS = 50.0
_NO_REPLACEMENT = words("whip whipped whipping")


class Replacement(NamedTuple):
    """What takes the place of an amount of an ingredient."""

    amount: Ingredient | None
    """How much is replaced; None where the replacement takes the same amount of another food."""
    use: tuple[Ingredient, ...]
    """What is used together; one food without amount where it takes the same."""
    most: float | None = None
    """The largest amount that can be replaced, in the unit of `amount`."""


class Substitution(ListTask):
    """Asks what can replace ingredients of a savoury dish that the curated list knows.

    Nothing that is baked or whipped is asked about: there the fat and the water matter. What is
    answered is used together.
    """

    name = "substitution"
    order = 4
    system = f"{ONE_LIST}: what together takes the place. Use grams and millilitres."
    schema = listing(MAX_NAMED)
    measures = (LINES_F1, FOODS_F1, AMOUNT_ERROR)
    wordings: ClassVar[Wordings] = {
        "substitution": (
            "What can replace {line} in {title}?",
            "I am cooking {title} and have no {name}. What can I use for {line}?",
            "{title} asks for {line}. What works in its place, and how much?",
        )
    }
    wanted = (
        "gives an ingredient of a dish with its amount and asks what can replace it; "
        "reply: a list of what is used together instead, each with its amount, as 100 g pancetta"
    )
    example = Question(name, "What can replace 100 g bacon in a quiche?", ("100 g pancetta",))

    def rows(self, recipe: Recipe, draw: Draw) -> Iterator[ChatRow]:
        """Ask about `MOST_ROWS` ingredients at most."""
        if is_baking(recipe):
            return
        known = [
            (ingredient, use)
            for ingredient in recipe.ingredients
            if (use := replacement_of(ingredient))
            and not any(same_food(new.name, i.name) for new in use for i in recipe.ingredients)
        ]
        for number, (ingredient, use) in enumerate(draw.sample("replace", known, MOST_ROWS)):
            plain = replace(ingredient, preparation=None)
            question = self.words(
                draw,
                "substitution",
                str(number),
                line=render_ingredient(plain),
                name=ingredient.name,
                title=recipe.title,
            )
            yield self.row(recipe, question, ingredients_answer(use), number)

    def line_fault(self, question: Question, line: str) -> str | None:
        """Say that a line of the answer has no amount."""
        return None if re.match(r"[\d.]+ ", line) else f"{line!r} says not how much"


TASK = Substitution()


def is_baking(recipe: Recipe) -> bool:
    """Tell whether something is baked or whipped, in which nothing is replaced by this list."""
    told = {word for step in recipe.instructions for word in food_words(step.text)}
    return (
        is_dough(recipe.ingredients)
        or bool(told & _NO_REPLACEMENT)
        or any(
            about_grams(i) > _BAKING_GRAMS and _BAKING & set(food_words(i.name))
            for i in recipe.ingredients
        )
    )


def replacement_of(ingredient: Ingredient) -> tuple[Ingredient, ...]:
    """Return what can take the place of a measured ingredient; nothing where that is not known.

    >>> [render_ingredient(i) for i in replacement_of(Ingredient(120.0, None, "ml", "buttermilk"))]
    ['112 ml milk', '7.5 ml lemon juice']
    """
    found = replacements().get(ingredient.name.casefold())
    if found is None or ingredient.quantity is None or ingredient.quantity_max is not None:
        return ()
    if ingredient.unit == "unit":
        return ()
    if found.amount is None:
        return tuple(
            replace(new, quantity=ingredient.quantity, unit=ingredient.unit) for new in found.use
        )
    if found.amount.unit != ingredient.unit or not found.amount.quantity:
        return ()
    if found.most is not None and ingredient.quantity > found.most:
        return ()
    factor = ingredient.quantity / found.amount.quantity
    return tuple(rounded(replace(new, quantity=(new.quantity or 0) * factor)) for new in found.use)


def known_as(name: str) -> str | None:
    """Return by which name the curated list holds a food; None if it does not.

    That is its own name, one of the same food, or the one listed name that has all its words.

    >>> known_as("garbanzos"), known_as("romano"), known_as("dragon fruit")
    ('chickpeas', 'romano cheese', None)
    """
    listed = replacements()
    if name.casefold() in listed:
        return name.casefold()
    same = next((known for known in listed if same_food(known, name)), None)
    said = set(food_words(name))
    holding = [known for known in listed if said and said <= set(food_words(known))]
    only = holding[0] if len({listed[known] for known in holding}) == 1 else None
    return same or only


@cache
def replacements() -> dict[str, Replacement]:
    """Return the curated list by the names of what is replaced, in lower case."""
    found: dict[str, Replacement] = {}
    for number, entry in enumerate(read_packaged("recipe_data.tasks", FILE), 1):
        replacement = _replacement(entry, f"{FILE}, entry {number}")
        for name in (entry["for"], *entry.get("names", ())):
            if name.casefold() in found:
                raise TopochefError(f"{FILE}, entry {number}: {name} is there already: merge them")
            found[name.casefold()] = replacement
    return found


def _replacement(entry: dict[str, Any], where: str) -> Replacement:
    if entry.keys() - {"names"} == {"for", "same"}:
        return Replacement(None, (Ingredient(None, None, None, entry["same"]),))
    if entry.keys() - {"names", "most"} != {"for", "line", "use"}:
        raise TopochefError(f"{where}: give `for` with `same`, or with `line` and `use`")
    amount = parse_ingredient(f"{entry['line']} {entry['for']}", weigh=False)
    use = tuple(parse_ingredient(line, weigh=False) for line in entry["use"])
    if amount.quantity is None or any(new.quantity is None for new in use):
        raise TopochefError(f"{where}: `line` and `use` need amounts, as in `240 ml`")
    return Replacement(amount, use, entry.get("most"))
