"""The question how much of an ingredient a dish takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from recipe_data.answers import counter, number_answer, render_ingredient
from recipe_data.ingredients import parse_ingredient
from recipe_data.prompts import listed
from recipe_data.schema import ChatRow, Ingredient, Recipe
from recipe_data.tasks.drawing import MOST_ROWS, Draw
from recipe_data.tasks.foods import main_ingredients
from recipe_data.tasks.number import DIGITS, ONE_NUMBER, Amount, NumberTask, number
from recipe_data.tasks.task import Question, Wordings

_ASKED = {"g": "How many grams of", "ml": "How many millilitres of", "unit": "How many"}


class Quantity(NumberTask):
    """Asks how much of an ingredient it takes for so many people, or beside the other ones."""

    name = "quantity"
    order = 6
    system = f"{ONE_NUMBER} the amount in g or ml, or a bare number of pieces."
    schema = number(f"{DIGITS}( g| ml)?")
    tolerance = 0.1
    units = ("g", "ml", "unit")
    wordings: ClassVar[Wordings] = {
        "quantity": (
            "{how_much} {name} do I need for {title}{portion}?",
            "I am cooking {title}{portion}. {how_much} {name} should I take?",
            "{title}{portion}: {how_much_lower} {name}?",
        ),
        "quantity_beside": (
            "{how_much} {name} do I put into {title} with {beside}?",
            "For {title} I take {beside}. {how_much} {name} do I add?",
            "I have {beside} for {title}. {how_much} {name} do I need besides?",
        ),
    }
    wanted = (
        "asks how much of one ingredient a dish needs; reply: one amount, as 100 g, 200 ml or "
        "a bare number of pieces"
    )
    example = Question(name, "How many grams of dry pasta does one person eat?", "100 g")

    def rows(self, recipe: Recipe, draw: Draw) -> Iterator[ChatRow]:
        """Ask about `MOST_ROWS` main ingredients at most."""
        known = main_ingredients(recipe)
        askable = [food for food in known if _is_askable(food)]
        for count, food in enumerate(draw.sample("quantity", askable, MOST_ROWS)):
            fields = {**how_much(food), "name": food.name, "title": recipe.title}
            purpose = str(count)
            if recipe.servings:
                portion = people(recipe.servings)
                question = self.words(draw, "quantity", purpose, portion=portion, **fields)
            else:
                others = [other for other in known if other is not food and _can_be_told(other)]
                if not others:
                    continue
                chosen = draw.sample(f"beside {count}", others, 3)
                beside = listed([_brief(ingredient) for ingredient in chosen])
                question = self.words(draw, "quantity_beside", purpose, beside=beside, **fields)
            answer = number_answer(food.quantity or 0.0, food.unit or "unit")
            yield self.row(recipe, question, answer, count)

    def amount(self, written: str) -> Amount | None:
        """Read an amount of any food."""
        food = parse_ingredient(f"{written} food", weigh=False)
        if food.quantity is None or food.unit is None:
            return None
        return Amount(food.quantity, food.unit)


TASK = Quantity()


def people(servings: int | None) -> str:
    """Word for how many a dish is, to follow its name; empty where that is not known.

    >>> people(1), people(4), people(None)
    (' for 1 person', ' for 4 people', '')
    """
    if servings is None:
        return ""
    return f" for {servings} {'person' if servings == 1 else 'people'}"


def how_much(food: Ingredient) -> dict[str, str]:
    """Return the fields that ask for an amount in the unit of a line.

    >>> how_much(Ingredient(200.0, None, "g", "rice"))["how_much_lower"]
    'how many grams of'
    """
    asked = _ASKED[food.unit or "unit"]
    return {"how_much": asked, "how_much_lower": asked[0].lower() + asked[1:]}


def _is_askable(food: Ingredient) -> bool:
    """Pieces are asked for in the plural; what is counted in cloves or cans is no piece."""
    if food.quantity is None or food.quantity_max is not None or not 0 < food.quantity < 20_000:
        return False
    pieces = food.quantity >= 2 and food.name.endswith("s") and not counter(food)
    return food.unit != "unit" or pieces


def _can_be_told(food: Ingredient) -> bool:
    return food.unit in ("g", "ml") or _is_askable(food)


def _brief(ingredient: Ingredient) -> str:
    return render_ingredient(ingredient).removesuffix(f", {ingredient.preparation}")
