"""Steps of a recipe: what is done, for how long, how hot; and the same in metric units."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from recipe_data.language.actions import find_actions
from recipe_data.language.amounts import equal_measures, metric_choice, spell_fractions
from recipe_data.language.densities import grams_per_ml
from recipe_data.language.durations import Reading, find_temperatures, find_times
from recipe_data.language.steps import ends_sentence, split_steps
from recipe_data.schema import Instruction

__all__ = ["Located", "convert_instruction", "locate", "parse_instruction", "split_steps"]

MAX_CHARS = 2500
"""Longer texts are no steps; what follows is neither read nor converted."""
# How long something keeps, or how early it can be made, is no duration of the step.
_KEEPS_BEFORE = re.compile(
    r"\b(?:store|keep|keeps|kept|freeze|frozen|stored)\b[^.;]{0,80}$|\bup to\s?$", re.IGNORECASE
)
_KEEPS_AFTER = re.compile(r"\s(?:ahead|in advance|before(?: serving)?|old)\b", re.IGNORECASE)
_MEASURE_START = re.compile(r"(?<![\w/.,-])(?=[\d.])")
_VESSEL = re.compile(
    r"\)?-?\s?(?:of (?:a|the) )?"
    r"(?:(?!(?:in|into|to|on|over|with|and|from|for|at|of|per)\b)[\w-]+\s){0,3}?"
    r"(?:sauce)?(?:pan|pot|bowl|dish|skillet|casserole|mold|mould|molds|tin|tins|muffin|ramekins?"
    r"|jars?|bags?|container|pitcher|oven|kettle|glass|measure|measuring|cooker|mugs?)\b",
    re.IGNORECASE,
)
_FOOD = re.compile(r"\s?(?:of )?(?:the )?((?:[^\W\d_]+'?[ -]){0,3}[^\W\d_]+)")
_FOOD_END = re.compile(r"\b(?:and|or|to|in|into|with|from|until|over|on|at|for|then|per|each)\b.*")


class Located(NamedTuple):
    """What a stretch of an instruction says: `text[start:end]`."""

    start: int
    end: int
    kind: Literal["action", "time", "temperature"]
    value: float | None = None
    """Minutes or °C; None for actions and for vague times (`a few minutes`)."""
    value_max: float | None = None
    """Upper end of a range, else None."""
    unit: Literal["min", "celsius"] | None = None


def locate(text: str) -> list[Located]:
    """Find actions, durations and temperatures, in order and without overlap.

    >>> for found in locate("Bake at 180 °C for 20-25 minutes."):
    ...     print(found.kind, found.value, found.value_max, found.unit)
    action None None None
    temperature 180.0 None celsius
    time 20.0 25.0 min
    """
    text = text[:MAX_CHARS]
    numbers = [
        *(_located(reading, "temperature") for reading in find_temperatures(text)),
        *(_located(reading, "time") for reading in find_times(text)),
    ]
    taken = {offset for number in numbers for offset in range(number.start, number.end)}
    actions = [Located(a.start, a.end, "action") for a in find_actions(text)]
    free = (a for a in actions if taken.isdisjoint(range(a.start, a.end)))
    return sorted([*numbers, *free])


def _located(reading: Reading, kind: Literal["time", "temperature"]) -> Located:
    unit: Literal["min", "celsius"] = "min" if kind == "time" else "celsius"
    return Located(reading.start, reading.end, kind, reading.value, reading.value_max, unit)


def parse_instruction(text: str) -> Instruction:
    """Read one step: its actions in order, its main duration, its temperature.

    The main duration is the longest one, because a step takes at least that long; how long
    something keeps or how early it can be made does not count. The temperature is the first one.
    Never raises.

    >>> step = parse_instruction("Boil 1 minute, then simmer 20 to 25 minutes.")
    >>> step.actions, step.minutes, step.minutes_max
    (('boil', 'simmer'), 20.0, 25.0)
    """
    read = text[:MAX_CHARS]
    times = [t for t in find_times(read) if t.value is not None and not _is_keeping(read, t)]
    longest = max(times, key=lambda t: t.value or 0.0, default=None)
    temperature = next(iter(find_temperatures(read)), None)
    return Instruction(
        text=text,
        actions=tuple(action.lemma for action in find_actions(read)),
        minutes=longest.value if longest else None,
        minutes_max=longest.value_max if longest else None,
        celsius=temperature.value if temperature else None,
    )


def _is_keeping(text: str, time: Reading) -> bool:
    before = text[max(0, time.start - 120) : time.start]
    return bool(_KEEPS_BEFORE.search(before) or _KEEPS_AFTER.match(text, time.end))


def convert_instruction(text: str) -> str:
    """Write a step in metric units; what cannot be converted safely stays as written.

    Temperatures are rounded to 5 °C from 120 °C up, as ovens have them, else to whole degrees.
    Inches and the sizes of vessels (`2-quart saucepan`) are left alone.

    >>> convert_instruction("Preheat oven to 350 degrees F (175 degrees C).")
    'Preheat oven to 175 °C.'
    >>> convert_instruction("Add 1 1/2 cups milk and 4 oz. butter to a 2-quart saucepan.")
    'Add 360 ml milk and 113 g butter to a 2-quart saucepan.'
    """
    pieces: list[str] = []
    position = 0
    read, unread = text[:MAX_CHARS], text[MAX_CHARS:]
    for reading in find_temperatures(read):
        pieces += [_convert_measures(read[position : reading.start]), _celsius_text(reading)]
        position = reading.end
    return "".join([*pieces, _convert_measures(read[position:]), unread])


def _celsius_text(reading: Reading) -> str:
    values = [v for v in (reading.value, reading.value_max) if v is not None]
    step = [5 * round(v / 5) if v >= 120 else round(v) for v in values]
    return "-".join(f"{v:g}" for v in step) + " °C"


def kitchen_number(value: float) -> str:
    """Round as kitchen scales and spoons allow: three digits, whole from 10, quarters from 1.

    >>> [kitchen_number(v) for v in (1360.8, 453.6, 14.17, 7.5, 4.73, 0.625)]
    ['1360', '454', '14', '7.5', '4.75', '0.62']
    """
    if value >= 10:
        return f"{float(f'{value:.3g}'):g}" if value >= 1000 else f"{value:.0f}"
    return f"{round(value * 4) / 4:g}" if value >= 1 else f"{value:.2g}"


def _begins_sentence(text: str, position: int) -> bool:
    """Tell whether the point before `position`, a measure's, ends a sentence as well."""
    capital = text[position : position + 2].strip().isupper()
    return capital and ends_sentence(text, position - 1)


def _convert_measures(text: str) -> str:
    plain = spell_fractions(text)
    pieces: list[str] = []
    position = skipped = 0
    for start in (m.start() for m in _MEASURE_START.finditer(plain)):
        if start < max(position, skipped):
            continue
        measures, end = equal_measures(plain, start)
        measures = [m for m in measures if m.dimension != "cm"]
        if not measures or all(m.metric for m in measures) or _VESSEL.match(plain, end):
            skipped = end
            continue
        chosen = metric_choice(measures)
        food = _FOOD.match(plain, end)
        name = _FOOD_END.sub("", food.group(1)).strip() if food else ""
        density = grams_per_ml(name) if chosen.dimension == "ml" and name else None
        unit = "g" if density else chosen.dimension
        values = [v * (density or 1.0) for v in (chosen.low, chosen.high) if v is not None]
        pieces += [plain[position:start], "-".join(map(kitchen_number, values)), f" {unit}"]
        if plain[end - 1] == "." and (end == len(plain) or _begins_sentence(plain, end)):
            pieces.append(".")
        position = end
    return "".join([*pieces, plain[position:]]) if pieces else text
