"""The question how long a step takes, and how long a dish bakes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from recipe_data.answers import number_answer
from recipe_data.instructions import Located, parse_instruction, places
from recipe_data.schema import ChatRow, Instruction, Recipe
from recipe_data.tasks.drawing import MOST_ROWS, Draw
from recipe_data.tasks.number import DIGITS, ONE_NUMBER, Amount, NumberTask, located_amount, number
from recipe_data.tasks.steps import gapped, is_oven, only, quotable
from recipe_data.tasks.task import Question, Wordings

MOST_MINUTES = 1440.0
LEAST_BAKING_MINUTES = 10.0
"""What bakes more shortly is being toasted or melted, and seldom the whole dish."""
_BAKING = re.compile(r"\b(?:bake|roast)\b[^.;]*$", re.IGNORECASE)
_UNCHILLED = re.compile(r"room temperature|refrigerator", re.IGNORECASE)
_LONGEST_UNCHILLED_MINUTES = 120.0


class Time(NumberTask):
    """Quotes a step without its time, and asks how long the dish bakes.

    It bakes for the time of the last step that states any, if only that step bakes something.
    """

    name = "time"
    order = 7
    system = f"{ONE_NUMBER} the time in minutes, as in 10 min."
    schema = number(f"{DIGITS} min")
    tolerance = 0.15
    units = ("min",)
    wordings: ClassVar[Wordings] = {
        "time": (
            "{title}: {how_long} in this step? {step}",
            "A step of {title} reads: {step} {how_long_upper}?",
            "{how_long_upper} does this take in {title}? {step}",
        ),
        "time_bake": (
            "{how_long_upper} does {title} bake at {celsius} °C?",
            "I bake {title} at {celsius} °C. {how_long_upper} does it take?",
        ),
    }
    wanted = "asks how long one step of a dish takes; reply: the minutes, as 10 min"
    example = Question(name, "How long do I boil dried penne?", "11 min")

    def rows(self, recipe: Recipe, draw: Draw) -> Iterator[ChatRow]:
        """Ask about `MOST_ROWS` steps at most, and about the oven."""
        stated = [
            (step, time)
            for step in quotable(recipe)
            if (time := only(step, "time")) and 0 < (time.value or 0.0) <= MOST_MINUTES
        ]
        for count, (step, time) in enumerate(draw.sample("time", stated, MOST_ROWS)):
            fields = {"step": gapped(step, time), **how_long(time)}
            question = self.words(draw, "time", str(count), title=recipe.title, **fields)
            yield self.row(recipe, question, number_answer(time.value or 0.0, "min"), count)
        baked = [
            (step, time, heat)
            for step, time in stated
            if (heat := only(step, "temperature"))
            and _BAKING.search(step.text, 0, time.start)
            and is_oven(heat)
            and (time.value or 0.0) >= LEAST_BAKING_MINUTES
        ]
        if len(baked) == 1 and _bakes_last(recipe, baked[0][0]):
            _, time, heat = baked[0]
            fields = {"celsius": f"{heat.value:g}", **how_long(time)}
            question = self.words(draw, "time_bake", title=recipe.title, **fields)
            yield self.row(recipe, question, number_answer(time.value or 0.0, "min"), MOST_ROWS)

    def amount(self, written: str) -> Amount | None:
        """Read minutes."""
        return located_amount(written, "time")

    def fault(self, question: Question) -> str | None:
        """Say that food is left warm for too long."""
        return super().fault(question) or _unsafe(question)


TASK = Time()


def how_long(time: Located) -> dict[str, str]:
    """Return the fields that ask for a time; of a range, the lower end is asked for."""
    asked = "how many minutes" if time.value_max is None else "at least how many minutes"
    return {"how_long": asked, "how_long_upper": asked[0].upper() + asked[1:]}


def _bakes_last(recipe: Recipe, baking: Instruction) -> bool:
    """Tell whether no step after the one that bakes takes time: then it baked the dish."""
    later = recipe.instructions[recipe.instructions.index(baking) + 1 :]
    return not any(located.kind == "time" for step in later for located in places(step))


def _unsafe(question: Question) -> str | None:
    minutes = parse_instruction(f"Wait {question.answer}.").minutes or 0.0
    if _UNCHILLED.search(question.text) and minutes > _LONGEST_UNCHILLED_MINUTES:
        return f"food may stand for {_LONGEST_UNCHILLED_MINUTES:g} min at most"
    return None
