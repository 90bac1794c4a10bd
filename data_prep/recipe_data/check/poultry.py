"""Poultry must be hot inside."""

from __future__ import annotations

import re
from collections.abc import Iterator

from recipe_data.check.warning import Warning
from recipe_data.language.durations import find_temperatures
from recipe_data.language.text import words
from recipe_data.pantry.identity import foods_in
from recipe_data.pantry.words import food_words
from recipe_data.schema import Instruction, Recipe

POULTRY_CELSIUS = 73.0  # 165 °F (USDA FSIS) is 73.9 °C; rounding is forgiven
_CORE_CELSIUS = 40.0

# No meat, and measured with a thermometer too.
_OTHER_CORES = words("custard milk stuffing bread")
_PART = re.compile(r"\b(?:bird|breasts?|thighs?|drumsticks?)\b", re.IGNORECASE)
_CORE = re.compile(
    r"\binternal\b|(?<!grill )(?<!oven )(?<!candy )(?<!fry )thermometer|registers?\b|reads?\b"
    r"|cent(?:er|re) (?:reaches|is)|done \(|inside reaches|core temp"
    r"|\b(?:inside|in the (?:middle|cent(?:er|re)))|(?:thickest|deepest) part",
    re.IGNORECASE,
)
_NO_CORE = re.compile(r"\b(?:oil|fat|water|oven|grill|smoker)\b[^.;,]{0,20}$", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.;!])\s+")


def unsafe_poultry(recipe: Recipe) -> Iterator[Warning]:
    """Compare the last stated core temperature; silent where other food may be what is measured."""
    foods = [mention.food for i in recipe.ingredients for mention in foods_in(i.name)]
    if not any(food.family == "poultry" for food in foods):
        return
    others = any(food.core_celsius and food.family != "poultry" for food in foods) or any(
        not _OTHER_CORES.isdisjoint(food_words(i.name)) for i in recipe.ingredients
    )
    reached = [
        (number, celsius)
        for number, step in enumerate(recipe.instructions, 1)
        for celsius in _core_celsius(step, others)
    ]
    if reached and reached[-1][1] < POULTRY_CELSIUS:
        number, celsius = reached[-1]
        yield Warning(
            "unsafe-poultry",
            f"poultry is safe from 74 °C inside, not from {celsius:g} °C",
            f"step {number}",
        )


def _core_celsius(step: Instruction, must_name_bird: bool) -> Iterator[float]:
    """Yield the lowest core temperature of every sentence that states one."""
    for sentence in _SENTENCE.split(step.text):
        core = _CORE.search(sentence)
        if not core or (must_name_bird and not _names_bird(sentence)):
            continue
        readings = [
            reading.value_max or reading.value
            for reading in find_temperatures(sentence)
            if reading.value is not None
            and reading.start >= core.start() - 60
            and not _NO_CORE.search(sentence, 0, reading.start)
        ]
        cores = [value for value in readings if value and _CORE_CELSIUS <= value <= 110]
        if cores:
            yield min(cores)


def _names_bird(sentence: str) -> bool:
    return bool(_PART.search(sentence)) or any(
        mention.food.family == "poultry" for mention in foods_in(sentence)
    )
