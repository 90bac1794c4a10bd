"""Why a model's reading cannot be what a text says, by the words and numbers in it."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator

from recipe_data.language.amounts import equal_measures
from recipe_data.language.durations import find_temperatures, find_times
from recipe_data.language.numbers import NUMBER, parse_number, spell_fractions
from recipe_data.language.verbs import lemma
from recipe_data.pantry.densities import grams_per_ml
from recipe_data.pantry.words import food_words
from recipe_data.schema import Ingredient, Instruction

SAME_VALUE = 0.02
"""Two amounts this close, relatively, are one: conversions of a cup or an ounce differ by less."""
_NUMBER = re.compile(rf"(?<![\w/.,]){NUMBER}", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


def same_value(one: float | None, other: float | None) -> bool:
    """Tell whether two amounts are one, but for rounding.

    >>> same_value(237.0, 240.0), same_value(200.0, 240.0), same_value(None, 1.0)
    (True, False, False)
    """
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=SAME_VALUE)


def ingredient_fault(read: Ingredient, line: str, rules: Ingredient) -> str | None:
    """Say why `read` cannot be what the line says, given what the rules read; None if it can.

    >>> rules = Ingredient(480.0, None, "ml", "milk")
    >>> ingredient_fault(Ingredient(500.0, None, "ml", "milk"), "2 cups milk", rules)
    'number not in the text'
    """
    if (read.quantity is None) != (read.unit is None):
        return "amount without unit, or unit without amount"
    if not _is_range(read.quantity, read.quantity_max):
        return "not a range"
    known = [*_amounts(line, read), rules.quantity, rules.quantity_max]
    if not all(_among(value, known) for value in (read.quantity, read.quantity_max)):
        return "number not in the text"
    if not food_words(read.name) or not _worded(read.name, line):
        return "name not in the text"
    if not _worded(read.preparation or "", line):
        return "preparation not in the text"
    return None


def instruction_fault(read: Instruction, rules: Instruction) -> str | None:
    """Say why `read` cannot be what its step says; None if it can.

    >>> from recipe_data.instructions import parse_instruction
    >>> rules = parse_instruction("Simmer for 1 hour.")
    >>> instruction_fault(Instruction(rules.text, ("fry",), 60.0), rules)
    'action not in the text'
    """
    text = rules.text
    if not _is_range(read.minutes, read.minutes_max):
        return "not a range"
    times = [value for time in find_times(text) for value in (time.value, time.value_max)]
    if not all(_among(value, times) for value in (read.minutes, read.minutes_max)):
        return "number not in the text"
    if not _among(read.celsius, [heat.value for heat in find_temperatures(text)]):
        return "number not in the text"
    words = [word for found in _WORD.findall(text.lower()) for word in (found, lemma(found))]
    known = {*words, *rules.actions}  # the rules know verbs of several words: `bring to a boil`
    return None if known.issuperset(read.actions) else "action not in the text"


def _is_range(low: float | None, high: float | None) -> bool:
    if low is None:
        return high is None
    return 0 < low < math.inf and (high is None or low < high < math.inf)


def _among(value: float | None, known: Collection[float | None]) -> bool:
    return value is None or any(same_value(value, other) for other in known)


def _worded(said: str, line: str) -> bool:
    """Tell whether all words and signs stand in the line, in whatever order; commas may be new."""
    signs = {character for character in said if not (character.isalpha() or character.isspace())}
    return signs <= {*line, ","} and set(food_words(said)) <= set(food_words(line))


def _amounts(line: str, read: Ingredient) -> Iterator[float]:
    """Yield the numbers of a line, its measures in metric units, and packs multiplied."""
    plain = spell_fractions(line)
    density = grams_per_ml(read.name, read.preparation)
    numbers: list[float] = []
    measured: list[float] = []
    for match in _NUMBER.finditer(plain):
        numbers.append(parse_number(match.group()))
        for measure in equal_measures(plain, match.start())[0]:
            ends = [end for end in (measure.low, measure.high) if end is not None]
            measured += ends
            if density and measure.dimension == "ml":
                measured += [end * density for end in ends]
    yield from numbers
    yield from measured
    yield from (number * measure for number in numbers for measure in measured)
