"""The question how hot it must be, in a step or in the oven."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from recipe_data.answers import number_answer
from recipe_data.check import check_recipe
from recipe_data.check.undercooked import CODES
from recipe_data.instructions import Located, parse_instruction
from recipe_data.pantry.identity import core_celsius
from recipe_data.schema import ChatRow, Instruction, Recipe
from recipe_data.tasks.drawing import Draw
from recipe_data.tasks.number import ONE_NUMBER, Amount, NumberTask, located_amount, number
from recipe_data.tasks.steps import gapped, is_oven, is_whole, only, quotable
from recipe_data.tasks.task import Question, Wordings

_BAKES = re.compile(r"\b(?:bake|roast)\b", re.IGNORECASE)
_THERMOMETER = re.compile(r"internal temperature|thermometer|registers?\b|reads?\b", re.IGNORECASE)
_LEAST_CORE_CELSIUS = 63.0
_UNSAFE = frozenset([*CODES.values(), "implausible-temperature"])
_CORE = re.compile(r"\b(?:inside|core|internal|middle|reheat|buffet|warmed)\b", re.IGNORECASE)
_REHEATED = re.compile(r"\b(?:leftover|reheat)", re.IGNORECASE)
_REHEATED_CELSIUS = 74.0
_KEPT_HOT = re.compile(r"\b(?:buffet|keep cooked|warmed)", re.IGNORECASE)
_KEPT_HOT_CELSIUS = 60.0


class Temperature(NumberTask):
    """Quotes a step without its temperature, and asks for the oven's where there is only one.

    A recipe whose temperatures are unsafe or cannot be meant teaches none.
    """

    name = "temperature"
    order = 8
    system = f"{ONE_NUMBER} the temperature in °C."
    schema = number("[0-9]{1,3} °C")
    tolerance = 0.15
    units = ("celsius",)
    wordings: ClassVar[Wordings] = {
        "temperature": (
            "{title}: which temperature in °C belongs in this step? {step}",
            "A step of {title} reads: {step} At which °C?",
            "How hot should it be in this step of {title}? {step}",
        ),
        "temperature_oven": (
            "How hot must the oven be for {title}?",
            "What oven temperature does {title} need?",
        ),
    }
    wanted = "asks how hot an oven, an oil or the core of a food must be; reply: as 180 °C"
    example = Question(name, "How hot must the oven be for a sponge cake?", "180 °C")

    def rows(self, recipe: Recipe, draw: Draw) -> Iterator[ChatRow]:
        """Ask about one step, and about the oven."""
        stated = [
            (step, heat)
            for step in quotable(recipe)
            if (heat := only(step, "temperature"))
            and is_whole(heat)
            and _is_safe(recipe, step, heat)
        ]
        if not stated or any(warning.code in _UNSAFE for warning in check_recipe(recipe)):
            return
        step, heat = draw.pick("temperature", stated)
        question = self.words(draw, "temperature", title=recipe.title, step=gapped(step, heat))
        yield self.row(recipe, question, number_answer(heat.value or 0.0, "celsius"))
        baked = {heat.value for step, heat in stated if is_oven(heat)}
        if len(baked) == len(stated) == 1 and any(
            _BAKES.search(step.text) for step in quotable(recipe)
        ):
            question = self.words(draw, "temperature_oven", title=recipe.title)
            yield self.row(recipe, question, number_answer(heat.value or 0.0, "celsius"), 1)

    def amount(self, written: str) -> Amount | None:
        """Read degrees Celsius."""
        return located_amount(written, "temperature")

    def fault(self, question: Question) -> str | None:
        """Say that food is not safe at what a thermometer shall show inside."""
        return super().fault(question) or _unsafe(question)


TASK = Temperature()


def _is_safe(recipe: Recipe, step: Instruction, heat: Located) -> bool:
    """Tell whether what a thermometer shall show inside is enough for all that is cooked.

    What a source rounds down, or leaves rare, is no answer to teach.
    """
    if not _THERMOMETER.search(step.text):
        return True
    cores = [core_celsius(f"{i.preparation or ''} {i.name}") for i in recipe.ingredients]
    return (heat.value or 0.0) >= max(_LEAST_CORE_CELSIUS, *(core or 0.0 for core in cores), 0.0)


def least_inside(question: str) -> float | None:
    """Return from how many °C inside the food is safe that a question asks about.

    None where it does not ask for what a thermometer shows inside, or the food is not known.

    >>> least_inside("How hot is chicken inside?"), least_inside("How hot is the oven for chicken?")
    (74, None)
    """
    if not _CORE.search(question):
        return None
    if _REHEATED.search(question):
        return _REHEATED_CELSIUS
    if _KEPT_HOT.search(question):
        return _KEPT_HOT_CELSIUS
    return core_celsius(question)


def _unsafe(question: Question) -> str | None:
    least = least_inside(question.text)
    celsius = parse_instruction(f"Heat to {question.answer}.").celsius or 0.0
    return f"safe from {least:g} °C inside" if least and celsius < least else None
