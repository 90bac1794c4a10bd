"""The question how much everything is for more or fewer people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import ClassVar

from recipe_data.answers import ingredients_answer, render_ingredient
from recipe_data.pantry.words import food_words
from recipe_data.schema import MAX_INGREDIENT_CHARS, MAX_INGREDIENTS, ChatRow, Ingredient, Recipe
from recipe_data.tasks.drawing import Draw
from recipe_data.tasks.line_measures import AMOUNT_ERROR, EXACT_LINES, LINES_F1
from recipe_data.tasks.listing import ONE_LIST, ListTask, listing, read_line
from recipe_data.tasks.scale import scaled
from recipe_data.tasks.task import Question, Wordings

SERVINGS = (1, 2, 3, 4, 6, 8, 10, 12)
ONE_BATCH = "one batch"
BATCHES = {0.5: "half a batch", 1.5: "one and a half batches", 2.0: "two batches"}
MOST_TIMES = 4
_LIST = re.compile(r"(?:: |take )(\d[^.?]*(?:\.\d[^.?]*)*)[.?]")

_QUOTED = re.compile(r"^- (.+)$", re.MULTILINE)


class Scaling(ListTask):
    """Asks for the list for other servings, or for a multiple where servings are not stated."""

    name = "scaling"
    order = 5
    system = f"{ONE_LIST}: every line with its new amount. Use grams and millilitres."
    schema = listing(MAX_INGREDIENTS)
    measures = (LINES_F1, EXACT_LINES, AMOUNT_ERROR)
    wordings: ClassVar[Wordings] = {
        "scaling": (
            "{title}, {now}:\n{lines}\nHow much is that for {then}?",
            "Scale the ingredients of {title} from {now} to {then}:\n{lines}",
            "These ingredients make {now} of {title}. I need {then}.\n{lines}",
        )
    }
    wanted = (
        "lists ingredients with amounts behind a colon, separated by commas and ended by a "
        "full stop, for some people, and asks for another number; reply: the same ingredients in "
        "the same order, main ones multiplied exactly, salt and spices by the 0.8th power of the "
        "factor"
    )
    example = Question(name, "Rice for 2: 150 g rice, 4 g salt. For 4?", ("300 g rice", "7 g salt"))

    def rows(self, recipe: Recipe, draw: Draw) -> Iterator[ChatRow]:
        """Ask once, where at least two lines have amounts."""
        if sum(ingredient.quantity is not None for ingredient in recipe.ingredients) < 2:
            return
        now, then, factor = _change(recipe.servings, draw)
        answer = scaled(recipe.ingredients, factor)
        if any(len(render_ingredient(line)) > MAX_INGREDIENT_CHARS for line in answer):
            return
        fields = {"title": recipe.title, "now": now, "then": then}
        question = self.words(draw, "scaling", lines=quoted(recipe.ingredients), **fields)
        yield self.row(recipe, question, ingredients_answer(answer))

    def fault(self, question: Question) -> str | None:
        """Say where an answer is not what `scaled` makes of the list in the question."""
        return super().fault(question) or _misses_the_rule(question)

    def copied(self, question: str) -> str | None:
        """Return the list of the question with its amounts as they were."""
        lines = lines_in(question)
        return ingredients_answer([read_line(line) for line in lines])[0] if lines else ""


TASK = Scaling()


def lines_in(question: str) -> list[str]:
    """Return the lines of ingredients that a question lists.

    >>> lines_in("Rice for 2: 150 g rice, 4 g salt. For 4?")
    ['150 g rice', '4 g salt']
    """
    lines: list[str] = _QUOTED.findall(question)
    if not lines and (found := _LIST.search(question)):
        lines = found[1].split(", ")
    return lines


def _change(servings: int | None, draw: Draw) -> tuple[str, str, float]:
    """Return what a recipe is for, what it shall be for, and their ratio."""
    near = [s for s in SERVINGS if servings and s != servings and _is_near(s, servings)]
    if servings is None or not near:
        factor = draw.pick("factor", tuple(BATCHES))
        return ONE_BATCH, batches(factor), factor
    target = draw.pick("servings", near)
    return servings_text(servings), servings_text(target), target / servings


def quoted(ingredients: Iterable[Ingredient]) -> str:
    """Write a list as it stands in a question, a line each."""
    return "\n".join(f"- {render_ingredient(line)}" for line in ingredients)


def batches(factor: float) -> str:
    """Word a multiple of a recipe.

    >>> batches(2.0), batches(3.0)
    ('two batches', '3 batches')
    """
    return BATCHES.get(factor, f"{factor:.3g} batches")


def _is_near(target: int, servings: int) -> bool:
    return servings <= MOST_TIMES * target and target <= MOST_TIMES * servings


def servings_text(count: int) -> str:
    """Word for how many a list is.

    >>> servings_text(1), servings_text(6)
    ('1 serving', '6 servings')
    """
    return f"{count} serving{'s' if count != 1 else ''}"


def _misses_the_rule(question: Question) -> str | None:
    found = _LIST.search(question.text)
    if found is None:
        return "the question lists no ingredients behind a colon"
    before = [read_line(part) for part in found[1].split(", ")]
    after = [read_line(line) for line in question.answer]
    if [food_words(i.name) for i in before] != [food_words(i.name) for i in after]:
        return "the answer lists other ingredients than the question"
    first, then = before[0].quantity, after[0].quantity
    if not first or not then:
        return "the first ingredient has no amount to scale"
    wanted = scaled(before, then / first)
    if [(i.quantity, i.unit) for i in after] != [(i.quantity, i.unit) for i in wanted]:
        return f"scaled by the rule it is {', '.join(map(render_ingredient, wanted))}"
    return None
