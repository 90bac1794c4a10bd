"""How one recipe writes numbers, times and temperatures: the same hand from top to bottom."""

from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import Literal, NamedTuple

from recipe_data.demo.markup import Duration, Heat

Spelling = Literal["short", "long", "plain"]

_VULGAR = {"1/4": "¼", "1/3": "⅓", "1/2": "½", "2/3": "⅔", "3/4": "¾"}
_DEGREES = ("{}°F", "{}°F", "{}°", "{}°", "{}° F", "{} degrees", "{} degrees F")
_CLOCKS = ("{} minutes", "{} minutes", "{} minutes", "{} min.", "{} mins", "about {} minutes")
_OVEN_STEP_FAHRENHEIT = 25


class Style(NamedTuple):
    """The habits of one writer."""

    spelling: Spelling
    """`2 Tbsp.`, `2 tablespoons` or `2 tbsp`."""
    hyphenated: bool
    """`1-1/2 c.` for `1 1/2 c.`"""
    vulgar: bool
    """`1½ c.` for `1 1/2 c.`"""
    dual: bool
    """`8 oz. (225 g)`: the metric value stands beside the other."""
    degree: str
    """Format of a temperature, with the number as `{}`."""
    clock: str
    """Format of a time in minutes, with the number as `{}`."""
    voice: int
    """Which of the wordings of a step this writer prefers."""


def draw_style(rng: Random, voices: int) -> Style:
    """Draw a writer; most write `1 1/2 c.`, few write `1½ cups (360 ml)`."""
    return Style(
        spelling=rng.choices(("short", "long", "plain"), (5, 3, 1))[0],
        hyphenated=rng.random() < 0.05,
        vulgar=rng.random() < 0.05,
        dual=rng.random() < 0.04,
        degree=rng.choice(_DEGREES),
        clock=rng.choice(_CLOCKS),
        voice=rng.randrange(voices),
    )


def write_number(value: Fraction, style: Style | None = None) -> str:
    """Write a number with a kitchen fraction.

    >>> write_number(Fraction(3, 2)), write_number(Fraction(1, 3)), write_number(Fraction(4))
    ('1 1/2', '1/3', '4')
    """
    whole, part = divmod(value, 1)
    if not part:
        return str(whole)
    fraction = str(part)
    if style and style.vulgar and fraction in _VULGAR:
        return f"{whole or ''}{_VULGAR[fraction]}"
    joint = "-" if style and style.hyphenated else " "
    return f"{whole}{joint}{fraction}" if whole else fraction


def write_duration(minutes: float, style: Style, rng: Random) -> Duration:
    """Write a time as minutes or hours, one in eight as a range."""
    if minutes >= 60:
        hours = Fraction(minutes) / 60
        return Duration(
            minutes, None, f"{write_number(hours, style)} hour{'s' if hours != 1 else ''}"
        )
    if minutes >= 4 and rng.random() < 0.12:
        longest = minutes + (2 if minutes < 15 else 5)
        joint = rng.choice((" to ", "-"))
        return Duration(minutes, longest, style.clock.format(f"{minutes:g}{joint}{longest:g}"))
    text = style.clock.format(f"{minutes:g}")
    return Duration(minutes, None, text.removesuffix("s") if minutes == 1 else text)


def write_heat(celsius: float, style: Style) -> Heat:
    """Write an oven temperature as an American oven shows it.

    The exact value of what is printed comes with it: 180 °C is written 350°F, which is 176.7 °C.
    """
    exact = celsius * 9 / 5 + 32
    shown = round(exact / _OVEN_STEP_FAHRENHEIT) * _OVEN_STEP_FAHRENHEIT
    return Heat(round((shown - 32) * 5 / 9, 2), style.degree.format(shown))
