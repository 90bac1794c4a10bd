"""How hot: what the steps state, what is safe inside, and what a model says."""

from __future__ import annotations

import re
from collections.abc import Callable

from recipe_data.check.cores import core_temperatures
from recipe_data.schema import Recipe
from recipe_data.tasks.number_measures import Amount
from recipe_data.tasks.steps import gapped
from recipe_data.tasks.temperature import TASK, least_inside
from recipe_kitchen.cooking.questions.asked import About, Asked, Kind, Rule
from recipe_kitchen.cooking.questions.freely import freely
from recipe_kitchen.cooking.questions.numbers import (
    Place,
    deeds,
    filled,
    nearest,
    number_text,
    stated,
)
from recipe_kitchen.cooking.questions.times import said_by

_OVEN = re.compile(r"\b(?:oven|bake[sd]?|baking|roast(?:s|ed|ing)?)\b", re.IGNORECASE)
_CORE = re.compile(r"\b(?:inside|core|internal|middle)\b", re.IGNORECASE)
_OIL = re.compile(r"\b(?:oil|deep[- ]?fr\w+|fry|fryer)\b", re.IGNORECASE)


class HowHot(Kind):
    """The temperature of a step, of the oven, or of food inside, where tables know it."""

    task = TASK
    pattern = re.compile(
        r"\bhow (?:hot|warm|cold|cool|many degrees)\b|\btemperature\b"
        r"|\bat (?:what|which|how many)\b[^?.]*(?:°|degrees|heat\b)"
        r"|\boven setting\b|\b(?:what|which) (?:oven )?(?:heat|gas mark|degrees)\b",
        re.IGNORECASE,
    )
    example = "How hot?"

    def ask(self, question: str, about: About) -> Asked:
        """Look for the steps that the question names, or for what is safe."""
        recipe = about.recipe
        safe = _safe(question)
        if recipe is None:
            asked = freely(TASK, question, about, _sentence(question))
            return asked._replace(rule=safe or asked.rule)
        found = stated(recipe, "temperature")
        near = _inside(found) if _CORE.search(question) else nearest(question, recipe, found)
        near = found if near is None else near
        if not near and _is_in_oven(question, recipe):
            near = [place for place in found if _OVEN.search(place.step.text)]
        if near:
            place = near[0]
            prompt = TASK.asked(
                "temperature", title=recipe.title, step=gapped(place.step, place.found)
            )
            notes = (f"{safe.because} from {safe.lines[0]} on",) if safe else ()
            return Asked(TASK, prompt, said_by(near), filled(recipe, place), notes)
        note = "no step says it" if found else "its steps state no temperatures"
        asked = freely(TASK, question, about, _sentence(question), (note,))
        asked = asked._replace(rule=safe or asked.rule)
        if asked.rule is None and any(_OVEN.search(step.text) for step in recipe.instructions):
            return asked._replace(prompt=TASK.asked("temperature_oven", title=recipe.title))
        return asked


KIND = HowHot()


def _inside(places: list[Place]) -> list[Place]:
    """Return the temperatures that food shall have inside."""
    return [
        place
        for place in places
        if place.found.value in {core.celsius for core in core_temperatures(place.step.text)}
    ]


def _is_in_oven(question: str, recipe: Recipe) -> bool:
    """Tell whether a step does in the oven what a question asks about."""
    done = deeds(question)
    return any(
        not done.isdisjoint(step.actions) and _OVEN.search(step.text)
        for step in recipe.instructions
    )


def _safe(question: str) -> Rule | None:
    least = least_inside(question)
    if least is None:
        return None

    def differs(amount: Amount) -> list[str]:
        near = amount.value >= least
        return [] if near else [f"the model says {number_text(amount)}, which is not safe"]

    return Rule((f"{least:g} °C",), "safe inside", differs)


def _sentence(question: str) -> Callable[[str], str]:
    """Return what makes a step of an answer, so that the checker knows what is so hot."""
    if least_inside(question) is not None:
        return lambda answer: f"Cook until a thermometer reads {answer}."
    if _OIL.search(question):
        return lambda answer: f"Heat the oil to {answer}."
    if _OVEN.search(question):
        return lambda answer: f"Bake at {answer}."
    return lambda answer: f"Heat to {answer}."
