"""Temperatures and times that no kitchen has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from recipe_data.check.warning import Warning
from recipe_data.language.durations import find_temperatures, find_times
from recipe_data.schema import Instruction

MAX_CELSIUS = 350.0
MIN_CELSIUS = -40.0
MIN_OVEN_CELSIUS = 40.0
MAX_BATH_CELSIUS = 130.0
MAX_MINUTES = 14 * 24 * 60.0
_OVEN = re.compile(r"\b(?:bake|roast|preheat)\b[^.;]{0,60}?\b(?:at|to)\s$", re.IGNORECASE)
_COOLER = re.compile(r"\b(?:cool|warm|rise|proof|rest|inside|internal|center|core)", re.IGNORECASE)
_BATH = re.compile(r"\b(?:simmer|poach|boil)\b[^.;,]{0,30}?\bat\s$", re.IGNORECASE)
_QUICK = re.compile(
    r"\b(?P<verb>blanch|stir-fry|saut[eé]|fry|toast|whisk|microwave|scramble)\b"
    r"(?![^.;]{0,80}\b(?:then|simmer|bake|oven|cover|chill|rest|stand|cool|refrigerat))"
    r"[^.;]{0,40}?\bfor\s(?:about\s)?$",
    re.IGNORECASE,
)
_MAX_QUICK_MINUTES = 100.0
_KEEPS = re.compile(
    r"\b(?:stor|keep|kept|freez|frozen|within|up to|age|mature|ferment|steep|infus|cure|stand|sit"
    r"|last|set|good for|brew|sealed|airtight|dark|best|minimum|at least|before|drying|dry)",
    re.IGNORECASE,
)


def implausible_heat(steps: Sequence[Instruction]) -> Iterator[Warning]:
    """Yield the steps at a temperature that no kitchen has, or not for what they do."""
    for number, step in enumerate(steps, 1):
        for reading in find_temperatures(step.text):
            before = step.text[: reading.start]
            celsius = reading.value
            if celsius is None:
                continue
            problem = _heat_problem(celsius, before)
            if problem:
                yield Warning(
                    "implausible-temperature", f"{celsius:g} °C is {problem}", f"step {number}"
                )
                break


def _heat_problem(celsius: float, before: str) -> str | None:
    if not MIN_CELSIUS <= celsius <= MAX_CELSIUS:
        return "not a kitchen temperature"
    if celsius < MIN_OVEN_CELSIUS and _OVEN.search(before) and not _COOLER.search(before):
        return "too cold for an oven"
    if celsius > MAX_BATH_CELSIUS and _BATH.search(before):
        return "hotter than water can be"
    return None


def implausible_times(steps: Sequence[Instruction]) -> Iterator[Warning]:
    """Yield the steps that take too long for what they do; keeping and ageing may take months."""
    for number, step in enumerate(steps, 1):
        for reading in find_times(step.text):
            minutes = reading.value_max or reading.value
            if minutes is None:
                continue
            quick = _QUICK.search(step.text[: reading.start])
            if quick and minutes > _MAX_QUICK_MINUTES:
                problem = f"{minutes:g} minutes is too long to {quick['verb'].lower()}"
            elif minutes > MAX_MINUTES and not _KEEPS.search(step.text):
                problem = f"{minutes / 1440:g} days is too long"
            else:
                continue
            yield Warning("implausible-time", problem, f"step {number}")
            break
