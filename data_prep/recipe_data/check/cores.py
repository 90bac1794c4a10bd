"""Which temperatures of a step are those of the food inside, not of the oven, oil or bath.

A sentence is read clause by clause: what a clause measures (`internal`, `thickest part`, a food)
or heats (`oil`, `oven`) decides; a clause that names neither, as `until it reaches 60 °C`, belongs
to the verb before it. What is left is no core temperature.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from recipe_data.check.core_phrases import (
    AT,
    BARE,
    BY_THERMOMETER,
    CLAUSE,
    COOKED_IN,
    COOKING,
    DENIED,
    EATEN,
    ELSE,
    ELSE_BEHIND,
    HEATING,
    INSIDE,
    INSIDE_BEHIND,
    IS_AT,
    JOINED,
    NUMBER,
    OTHER_THERMOMETER,
    RISES,
    SCALE,
    STIRRED,
    TAKEN_OUT,
    THERMOMETER,
    TO,
)
from recipe_data.language.durations import find_temperatures, find_times

_LEAST_CELSIUS, _MOST_CELSIUS = 45.0, 110.0
"""Below it food is cooled or smoked, above it nothing that is eaten is hot."""
_SENTENCE = re.compile(r"(?<=[.;!])\s+")
_BATH = re.compile(
    r"\bsous[ -]?vide\b|\bimmersion circulator\b|^(?!.*\b(?:oven|bake)\b).*\bwater[ -]bath\b",
    re.IGNORECASE,
)
_LEAST_BATH_CELSIUS = 57.5
"""FSIS Appendix A, for poultry: the lowest temperature with a time (136 °F, 81 minutes at most)."""
_LEAST_BATH_MINUTES = 45.0


class Core(NamedTuple):
    """A temperature that the food shall have inside."""

    celsius: float
    sentence: str
    """Where it stands; it may say of which food."""


class _Heat(NamedTuple):
    start: int
    end: int
    celsius: float


def cooks_in_bath(text: str) -> bool:
    """Tell whether food is cooked sous vide: as hot inside as its bath, for long."""
    return bool(_BATH.search(text))


def short_baths(text: str) -> Iterator[Core]:
    """Yield the temperature of a bath that is too cold for food, or in which it is not for long.

    >>> [bath.celsius for bath in short_baths("Cook sous vide at 60 °C for 20 minutes.")]
    [60.0]
    >>> list(short_baths("Cook sous vide at 60 °C for 2 hours."))
    []
    """
    minutes = max((r.value_max or r.value or 0.0 for r in find_times(text)), default=None)
    for heat in _temperatures(text):
        short = minutes is not None and minutes < _LEAST_BATH_MINUTES
        if heat.celsius < _LEAST_BATH_CELSIUS or short:
            yield Core(heat.celsius, text)


def core_temperatures(text: str) -> Iterator[Core]:
    """Yield the lowest core temperature of every sentence that states one, in °C.

    Of a range it is the upper end; a lower temperature that rises before the sentence ends, as
    in `to 70 °C, then rest until 74 °C`, is passed over.

    >>> [core.celsius for core in core_temperatures("Heat oil to 60 °C. Fry to 75 °C inside.")]
    [75.0]
    >>> [round(core.celsius) for core in core_temperatures("Roast until a thermometer reads 150.")]
    [66]
    """
    for sentence in _SENTENCE.split(text):
        kept: list[_Heat] = []
        for heat in _temperatures(sentence):
            if not _is_core(sentence, heat):
                continue
            if kept and heat.celsius > kept[-1].celsius:
                between = sentence[kept[-1].end : heat.start]
                if RISES.search(between) or COOKING.search(between):
                    kept.clear()
            kept.append(heat)
        if kept:
            yield Core(min(heat.celsius for heat in kept), sentence)


def _temperatures(text: str) -> list[_Heat]:
    """Return what food may have inside; a number without scale is °C below 100, else °F."""
    found = []
    for reading in find_temperatures(text):
        celsius = reading.value_max or reading.value
        written = text[reading.start : reading.end]
        if not SCALE.search(written) and (numbers := NUMBER.findall(written)):
            celsius = _celsius(numbers[-1])
        if celsius is not None:
            found.append(_Heat(reading.start, reading.end, celsius))
    for match in BARE.finditer(text):
        start, end = match.start("low"), match.end()
        if not any(heat.start <= end and start <= heat.end for heat in found):
            found.append(_Heat(start, end, _celsius(match["high"] or match["low"])))
    return sorted(heat for heat in found if _LEAST_CELSIUS <= heat.celsius <= _MOST_CELSIUS)


def _celsius(number: str) -> float:
    value = float(number)
    return value if value < 100 else round((value - 32) / 1.8, 1)


def _is_core(sentence: str, heat: _Heat) -> bool:
    before = sentence[: heat.start]
    if DENIED.search(before) or ELSE_BEHIND.match(sentence, heat.end):
        return False
    if TAKEN_OUT.search(before) or COOKED_IN.search(before):
        return True
    if INSIDE_BEHIND.match(sentence, heat.end):
        return True
    start = max((match.end() for match in CLAUSE.finditer(before)), default=0)
    clause, head = before[start:], before[:start]
    if OTHER_THERMOMETER.search(clause):
        return False
    if INSIDE.search(clause) or IS_AT.search(clause):
        return True
    if THERMOMETER.search(clause):
        cooked = max(_last(before, EATEN), _last(head, COOKING), _last(head, INSIDE))
        return cooked >= _last(head, STIRRED)
    if ELSE.search(clause) or AT.search(clause):
        return False
    if BY_THERMOMETER.match(sentence, heat.end):
        return True
    if EATEN.search(clause):
        return bool(TO.search(clause)) or clause.rstrip().endswith(_last_word(clause, EATEN))
    if COOKING.search(clause):
        return bool(TO.search(clause))
    return _follows(head, clause)


def _last_word(clause: str, pattern: re.Pattern[str]) -> str:
    return [match.group() for match in pattern.finditer(clause)][-1]


def _follows(head: str, clause: str) -> bool:
    """Tell whether a clause that says neither what it measures nor heats speaks of a core."""
    measured = max(_last(head, INSIDE), _last(head, THERMOMETER))
    other = max(_last(head, ELSE), _last(head, OTHER_THERMOMETER))
    if measured > other:
        return True
    cooking, heating = _last(head, COOKING), _last(head, HEATING)
    if not JOINED.search(head) or (clause.strip() and not TO.search(clause)):
        return False
    return cooking > heating or (heating >= 0 and _last(head, EATEN) > max(heating, other))


def _last(text: str, pattern: re.Pattern[str]) -> int:
    return max((match.start() for match in pattern.finditer(text)), default=-1)
