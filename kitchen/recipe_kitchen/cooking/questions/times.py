"""How long: what the steps state, and what a model says where it does not see it."""

from __future__ import annotations

import re
from collections.abc import Callable

from recipe_data.tasks.steps import gapped
from recipe_data.tasks.time import TASK, how_long
from recipe_kitchen.cooking.linked import cooking_minutes
from recipe_kitchen.cooking.questions.asked import About, Asked, Kind, Rule
from recipe_kitchen.cooking.questions.freely import freely
from recipe_kitchen.cooking.questions.numbers import Place, filled, nearest, stated

_DONE = re.compile(
    r"\b(?:do|does|should|must|can|shall|will|to|is|are|be)\b\s*(?:(?:I|you|we|it|they)\b\s*)?"
    r"(?P<deed>[^?.;]+)",
    re.IGNORECASE,
)
_COOKS = re.compile(r"\bcook(?:s|ed|ing)?\b", re.IGNORECASE)


class HowLong(Kind):
    """The time of a step, or of all of them; of the longest step the model is asked then."""

    task = TASK
    pattern = re.compile(
        r"\bhow (?:long|many (?:minutes|hours|days)|much time)\b|\b(?:cook|cooking|bak(?:e|ing)"
        r"|rest(?:ing)?|total|prep(?:aration)?|boil(?:ing)?|simmer(?:ing)?) ?times?\b"
        r"|\bwhen (?:is|are) (?:it|they|this) (?:done|ready)\b",
        re.IGNORECASE,
    )
    example = "How long?"

    def ask(self, question: str, about: About) -> Asked:
        """Look for the steps that the question names."""
        recipe = about.recipe
        if recipe is None:
            return freely(TASK, question, about, _sentence(question))
        found = stated(recipe, "time")
        near = nearest(question, recipe, found)
        if not found or near == []:
            note = "no step says it" if found else "its steps state no times"
            return freely(TASK, question, about, _sentence(question), (note,))
        notes: tuple[str, ...] = ()
        if near is None:
            heats = bool(_COOKS.search(question)) and any(map(cooking_minutes, recipe.instructions))
            each = {
                number: minutes
                for number, step in enumerate(recipe.instructions, 1)
                if (minutes := cooking_minutes(step) if heats else step.minutes)
            }
            found = [place for place in found if place.number in each] or found
            asked = max(found, key=lambda place: place.found.value or 0.0)
            parts = ", ".join(
                f"step {number}: {minutes:.6g} min" for number, minutes in each.items()
            )
            what = "what each step heats" if heats else "the longest time of each step"
            rule = Rule(
                (f"{sum(each.values()):.6g} min",), f"{what}, added up ({parts})", asked.differs
            )
            notes = (f"the model was asked for step {asked.number} alone",)
        else:
            asked, rule = near[0], said_by(near)
        step = gapped(asked.step, asked.found)
        prompt = TASK.asked("time", title=recipe.title, step=step, **how_long(asked.found))
        return Asked(TASK, prompt, rule, filled(recipe, asked), notes)


KIND = HowLong()


def said_by(near: list[Place]) -> Rule:
    """Return what these places of steps say; the first is what a model is compared with."""
    several = len(near) > 1
    lines = tuple(f"step {p.number}: {p.text}" if several else p.text for p in near)
    steps = {place.number: place.step.text for place in near}
    quoted = "; ".join(f"step {number} says “{text}”" for number, text in steps.items())
    return Rule(lines, quoted, near[0].differs)


def _sentence(question: str) -> Callable[[str], str]:
    """Return what makes a step of an answer: what the question does, for so long."""
    found = _DONE.search(question)
    deed = (found["deed"].strip() if found else "") or "wait"
    return lambda answer: f"{deed[0].upper()}{deed[1:]} for {answer}."
