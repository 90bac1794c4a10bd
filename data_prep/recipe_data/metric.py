"""Steps in metric units: what cannot be converted safely stays as written."""

from __future__ import annotations

import re

from recipe_data.language.amounts import Measure, equal_measures, metric_choice, scan_measure
from recipe_data.language.durations import Reading, find_temperatures
from recipe_data.language.numbers import QUANTITY, read_range, spell_fractions
from recipe_data.language.steps import MAX_CHARS, ends_sentence
from recipe_data.language.sticks import scan_sticks
from recipe_data.pantry.densities import grams_per_ml

_MEASURE_START = re.compile(r"(?<![\w/.,-])(?=[\d.])")
_WORD_START = re.compile(
    r"(?<![\w/.,-])(?=[\d.AaOoTtFfSsEeHhQq])(?=[\d.]|(?:[Oo]ne|[Tt]wo|[Tt]hree|[Ff]our|[Ff]ive"
    r"|[Ss]ix|[Ee]ight|[Tt]en|[Tt]welve|[Hh]alf|[Qq]uarter)[ -]"
    r"|[Aa] (?:half|third|quarter|fourth|eighth)[ -]|[Aa]n? (?:cup|pound|ounce|pint|quart|gallon"
    r"|(?:tea|table)spoon|stick) of )"
)
# With these units numbers are written in words.
_SPELLED_WITH = ("cup", "spoon", "pound", "ounce", "pint", "quart", "stick", "gallon")
_COUNT = re.compile(QUANTITY, re.IGNORECASE)
_VESSEL = re.compile(
    r"\)?-?\s?(?:of (?:a|the) )?"
    r"(?:(?!(?:in|into|to|on|over|with|and|from|for|at|of|per)\b)[\w-]+\s){0,3}?"
    r"(?:sauce)?(?:pan|pot|bowl|dish|skillet|casserole|mold|mould|molds|tin|tins|muffin|ramekins?"
    r"|jars?|bags?|container|pitcher|oven|kettle|glass|measure|measuring|cooker|mugs?|custard|glasses)\b",
    re.IGNORECASE,
)
# `350 F. for 1 hour`: a point that ends no sentence.
_DEGREE_POINT = re.compile(r"\.(?=\s?[a-z\d(])")
# `Ladle into 6 cups.`: cups that something is put into, without a food behind.
_CUPS = re.compile(
    r"(?:[2-9]|\d\d|two|four|six|eight|ten|twelve)\s(?:small |large |individual )?cups"
    r"(?=\s?(?:$|[.,;:)\d]|(?:and|or|with|to|until|then|while|set|on|half|two|three)\b))",
    re.IGNORECASE,
)
_STANDING_CUPS = re.compile(
    r"(?:[2-9]|\d\d)\scups\s(?:in|into|on)(?: the| an?)?(?: \w+)? (?:oven|sheet|tray|rack)\b",
    re.IGNORECASE,
)
_PUT_INTO = re.compile(
    r"\b(?:into|among(?:st)?|between|each of|of|fill|line|grease|butter|(?<!to )makes?|yields?"
    r"|(?:serve|bake|freeze|chill|place|set)\b[^.;]{0,40}\bin)\s(?:the |about |approximately )?$",
    re.IGNORECASE,
)
_BEFORE_BRACKET = re.compile(r"(?P<food>[^\W\d_]+) \($")
_FOOD = re.compile(r"\s?(?:of )?(?:the )?((?:[^\W\d_]+'?[ -]){0,3}[^\W\d_]+)")
_FOOD_END = re.compile(r"\b(?:and|or|to|in|into|with|from|until|over|on|at|for|then|per|each)\b.*")


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
        position = reading.end + bool(_DEGREE_POINT.match(read, reading.end))
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
    starts = _WORD_START if any(unit in plain for unit in _SPELLED_WITH) else _MEASURE_START
    for start in (m.start() for m in starts.finditer(plain)):
        if start < max(position, skipped):
            continue
        measures, end = _measures_at(plain, start)
        if not measures or all(m.metric for m in measures) or _is_vessel(plain, start, end):
            skipped = end
            continue
        if measures[0].metric and (first := scan_measure(plain, start)):  # `450g (1 lb)`
            pieces += [plain[position : first[1]]]
        else:
            pieces += [plain[position:start], _written(plain, end, metric_choice(measures))]
        if plain[end - 1] == "." and (end == len(plain) or _begins_sentence(plain, end)):
            pieces.append(".")
        position = end
    return "".join([*pieces, plain[position:]]) if pieces else text


def _measures_at(text: str, start: int) -> tuple[list[Measure], int]:
    """Read the measures at a number, sticks of butter among them; lengths are none."""
    measures, end = equal_measures(text, start)
    if not measures and "stick" in text and (count := _COUNT.match(text, start)):
        food = _BEFORE_BRACKET.search(text, max(0, start - 40), start)
        sticks = scan_sticks(text, count.end(), *read_range(count), food["food"] if food else "")
        return ([sticks[0]], sticks[1]) if sticks else ([], end)
    return [m for m in measures if m.dimension != "cm"], end


def _is_vessel(text: str, start: int, end: int) -> bool:
    """Tell the size of a vessel, or cups that are vessels themselves, from an amount."""
    if _VESSEL.match(text, end) or _STANDING_CUPS.match(text, start):
        return True
    return bool(_CUPS.match(text, start) and _PUT_INTO.search(text, max(0, start - 60), start))


def _written(text: str, end: int, chosen: Measure) -> str:
    """Write a measure in metric units, a volume of the solid behind `end` in grams."""
    food = _FOOD.match(text, end)
    name = _FOOD_END.sub("", food.group(1)).strip() if food else ""
    density = grams_per_ml(name) if chosen.dimension == "ml" and name else None
    unit = "g" if density else chosen.dimension
    values = [v * (density or 1.0) for v in (chosen.low, chosen.high) if v is not None]
    return f"{'-'.join(map(kitchen_number, values))} {unit}"
