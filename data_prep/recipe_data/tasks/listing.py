"""Tasks whose answer is one list of ingredients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from recipe_data.answers import ingredients_answer, render_ingredient, rounded
from recipe_data.ingredients import parse_ingredient
from recipe_data.pantry.words import food_words
from recipe_data.schema import ANSWER_SCHEMA, MAX_INGREDIENT_CHARS, Ingredient
from recipe_data.tasks.line_measures import LINES_F1
from recipe_data.tasks.measures import Measure
from recipe_data.tasks.task import Answer, Question, QuestionTask, one_key

ONE_LIST = (
    "You are an expert chef. Answer with one JSON object that has one list of strings, "
    '"ingredients"'
)


def listing(most: int) -> dict[str, Any]:
    """Return the schema of an answer that is one list of ingredients."""
    lines = {**ANSWER_SCHEMA["properties"]["ingredients"], "maxItems": most}
    return one_key("ingredients", lines)


class ListTask(QuestionTask):
    """A task whose answer is one list of ingredients: `{"ingredients":["100 g feta"]}`."""

    listed = True
    measures: ClassVar[tuple[Measure, ...]] = (LINES_F1,)

    def read(self, question: Question) -> Answer:
        """Write the lines of an answer by hand as an answer."""
        return ingredients_answer([read_line(line) for line in question.answer])

    def fault(self, question: Question) -> str | None:
        """Say which line does not read back, or has a `line_fault`."""
        most = self.schema["properties"]["ingredients"]["maxItems"]
        if not 1 <= len(question.answer) <= most:
            return f"{len(question.answer)} ingredients are answered, 1 to {most} can be"
        for line in question.answer:
            written = render_ingredient(read_line(line))
            back = render_ingredient(read_line(written))
            if back != written or len(line) > MAX_INGREDIENT_CHARS or not food_words(line):
                return f"{line!r} reads back as {back!r}: write `100 g feta`"
            if fault := self.line_fault(question, line):
                return fault
        return None

    def line_fault(self, question: Question, line: str) -> str | None:
        """Say what else is wrong with a line of the answer."""
        return None

    def meaning(self, value: Sequence[str]) -> list[Ingredient]:
        """Read the lines of an answer; raises `TypeError` where it is no list of texts."""
        if not isinstance(value, list):
            raise TypeError("no list")
        return [read_line(line) for line in value]


def read_line(text: str) -> Ingredient:
    """Read a line as it is written in answers: nothing is weighed."""
    return rounded(parse_ingredient(text, weigh=False))
