"""Temperatures that no kitchen has, or not for what is done at them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from recipe_data.check.warning import Warning
from recipe_data.language.durations import find_temperatures, find_times
from recipe_data.schema import Recipe

MAX_CELSIUS = 350.0
MIN_CELSIUS = -40.0
MIN_OVEN_CELSIUS = 40.0
MAX_OVEN_CELSIUS = 290.0
"""Kitchen ovens end at 550 °F."""
MAX_FIRE_CELSIUS = 550.0
MAX_OIL_CELSIUS = 245.0
"""Where every cooking oil smokes."""
MAX_BATH_CELSIUS = 130.0
_SLOW_OVEN_CELSIUS = 95.0
_LEAST_SLOW_MINUTES = 60.0
_OVEN = re.compile(r"\b(?:bake|roast|preheat)\b[^.;]{0,60}?\b(?:at|to)\s$", re.IGNORECASE)
_BAKED_AT = re.compile(r"\b(?:bake|roast)\b[^.;]{0,40}?\bat\s$", re.IGNORECASE)
_COOLER = re.compile(r"\b(?:cool|warm|rise|proof|rest|inside|internal|center|core)", re.IGNORECASE)
_SLOWLY = re.compile(r"dry|dried|dehydrat|crisp|meringue|warm|keep|jerky|slow|until", re.IGNORECASE)
_BATH = re.compile(
    r"\b(?:simmer|poach|boil)\b[^.;,]{0,30}?\bat\s$"
    r"|\b(?:water|stock|broth|soup|milk|wine|brine)\s(?:to|at|of|is|until it reaches)\s"
    r"(?:about\s)?$",
    re.IGNORECASE,
)
_SYRUP = re.compile(r"\b(?:sugar|syrup|honey|caramel|candy|toffee|oil)\b", re.IGNORECASE)
"""What is boiled with water and gets hotter."""
_OIL = re.compile(
    r"\b(?:oil|fat|lard|(?:deep|pan|shallow)[ -]?fry(?:er)?|fry)\b(?:(?!\b(?:oven|bake|roast)\b)"
    r"[^.;]){0,40}?\b(?:to|at|of|is|reaches)\s(?:about\s)?$",
    re.IGNORECASE,
)
# What is hotter than an oven: fires, and what is baked in them.
_FIRE = re.compile(
    r"pizza|tandoor|wood|grill|barbecue|bbq|charcoal|coals|kamado|broil|stone|naan|flatbread|sear"
    r"|torch|kiln|campfire",
    re.IGNORECASE,
)
# Longer than a temperature is, and so not read as one: `1800 °C`.
_TOO_LONG = re.compile(
    r"(?<![\w.,/])\d{1,3}(?:,?\d{3})+(?:\s?(?:°|º|degrees?\b|deg\b)\s?(?:[CF]\b|celsius|fahrenheit)?"
    r"|\s?[CF]\b)",
    re.IGNORECASE,
)


# Colder than a freezer, and so read without the sign: `-180 °C`.
_TOO_COLD = re.compile(r"(?<!\d)\s(?:[-−]|minus\s)\d{3,}\s?(?:°|º|degrees?\b)?\s?[CF]\b")
_GAS_MARK = re.compile(r"\bgas mark\s(?:1[1-9]|[2-9]\d|\d{3,})\b", re.IGNORECASE)
"""There are ten of them."""


def implausible_heat(recipe: Recipe) -> Iterator[Warning]:
    """Yield the steps at a temperature that no kitchen has, or not for what they do."""
    for number, step in enumerate(recipe.instructions, 1):
        problem = next(_problems(recipe.title, step.text), None)
        if problem:
            yield Warning("implausible-temperature", problem, f"step {number}")


def _problems(title: str, text: str) -> Iterator[str]:
    fire = bool(_FIRE.search(f"{title} {text}"))
    for impossible in (_TOO_LONG, _TOO_COLD, _GAS_MARK):
        for match in impossible.finditer(text):
            yield f"{match.group().strip()} is not a kitchen temperature"
    for reading in find_temperatures(text):
        celsius, before = reading.value, text[: reading.start]
        problem = celsius is not None and _heat_problem(celsius, before, text, fire)
        if problem:
            yield f"{celsius:g} °C is {problem}"


def _heat_problem(celsius: float, before: str, text: str, fire: bool) -> str | None:
    if not MIN_CELSIUS <= celsius <= (MAX_FIRE_CELSIUS if fire else MAX_CELSIUS):
        return "not a kitchen temperature"
    if celsius > MAX_OVEN_CELSIUS and not fire:
        return "hotter than a kitchen's oven"
    if celsius > MAX_OIL_CELSIUS and _OIL.search(before):
        return "hotter than oil can be"
    if celsius > MAX_BATH_CELSIUS and _BATH.search(before) and not _SYRUP.search(before):
        return "hotter than water can be"
    if celsius < MIN_OVEN_CELSIUS and _OVEN.search(before) and not _COOLER.search(before):
        return "too cold for an oven"
    if celsius < _SLOW_OVEN_CELSIUS and _BAKED_AT.search(before) and _is_quick(text):
        return "too cool to bake in so short a time"
    return None


def _is_quick(text: str) -> bool:
    """Tell whether a step states only times in which a cool oven does nothing."""
    times = [reading.value_max or reading.value or 0.0 for reading in find_times(text)]
    return bool(times) and max(times) < _LEAST_SLOW_MINUTES and not _SLOWLY.search(text)
