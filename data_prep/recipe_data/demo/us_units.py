"""US kitchen units, and the amounts that their spoons, cups and scales can measure."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import log
from typing import NamedTuple

from recipe_data.demo.style import Spelling
from recipe_data.language.units import OUNCE, TEASPOON


@dataclass(frozen=True, eq=False)
class KitchenUnit:
    """A unit of volume or weight as a cook uses it; each is equal to itself only."""

    words: dict[Spelling, tuple[str, str]]
    """Singular and plural."""
    size: int
    """In teaspoons or ounces."""
    metric: float
    """In millilitres or grams."""
    steps: tuple[Fraction, ...]
    """Amounts that are rounded to, the smallest first."""
    also: tuple[Fraction, ...]
    """Amounts that are only written where they equal a step of another unit: `4 Tbsp.`"""


class Portion(NamedTuple):
    """So much of a unit."""

    amount: Fraction
    unit: KitchenUnit

    @property
    def metric(self) -> float:
        """The exact value in millilitres or grams."""
        return float(self.amount) * self.unit.metric


def _steps(*spans: tuple[int, int, str]) -> tuple[Fraction, ...]:
    """Amounts from one whole number up to another, with the parts allowed in between.

    >>> [str(step) for step in _steps((0, 2, "0 1/2"))]
    ['1/2', '1', '3/2']
    """
    return tuple(
        whole + Fraction(part)
        for first, end, parts in spans
        for whole in range(first, end)
        for part in parts.split()
        if whole + Fraction(part) > 0
    )


_HALVES, _QUARTERS, _THIRDS = "0 1/2", "0 1/4 1/2 3/4", "0 1/4 1/3 1/2 2/3 3/4"

TEASPOONS = KitchenUnit(
    {"short": ("tsp.", "tsp."), "long": ("teaspoon", "teaspoons"), "plain": ("tsp", "tsp")},
    1, TEASPOON.factor, _steps((0, 3, _QUARTERS)), _steps((3, 4, "0")),
)  # fmt: skip
TABLESPOONS = KitchenUnit(
    {"short": ("Tbsp.", "Tbsp."), "long": ("tablespoon", "tablespoons"), "plain": ("tbsp", "tbsp")},
    3, 3 * TEASPOON.factor, _steps((1, 4, _HALVES)), _steps((4, 5, "0"), (6, 7, "0")),
)  # fmt: skip
CUPS = KitchenUnit(
    {"short": ("c.", "c."), "long": ("cup", "cups"), "plain": ("cup", "cups")}, 48,
    48 * TEASPOON.factor, _steps((0, 3, _THIRDS), (3, 8, _HALVES), (8, 25, "0")), (),
)  # fmt: skip
QUARTS = KitchenUnit(
    {"short": ("qt.", "qt."), "long": ("quart", "quarts"), "plain": ("quart", "quarts")},
    192, 192 * TEASPOON.factor, (), _steps((1, 4, _HALVES)),
)  # fmt: skip
OUNCES = KitchenUnit(
    {"short": ("oz.", "oz."), "long": ("ounce", "ounces"), "plain": ("oz", "oz")},
    1, OUNCE.factor, _steps((0, 4, _HALVES), (4, 48, "0")), (),
)  # fmt: skip
POUNDS = KitchenUnit(
    {"short": ("lb.", "lb."), "long": ("pound", "pounds"), "plain": ("lb", "lb")},
    16, 16 * OUNCE.factor, _steps((1, 3, _QUARTERS), (3, 12, _HALVES)), _steps((0, 1, _QUARTERS)),
)  # fmt: skip

_VOLUMES = (TEASPOONS, TABLESPOONS, CUPS, QUARTS)
_WEIGHTS = (OUNCES, POUNDS)
_CUPS_FROM_ML = 56.0
_SPOONS_FROM_ML = 12.5
_POUNDS_FROM_GRAMS = 425.0
_POUND_TOLERANCE = 0.025


def _nearest(metric: float, unit: KitchenUnit) -> Portion:
    def distance(amount: Fraction) -> float:
        return abs(log(float(amount) * unit.metric / metric))

    return Portion(min(unit.steps, key=distance), unit)


@cache
def volume(millilitres: float) -> Portion:
    """Return the spoons or cups that come nearest to a volume.

    >>> volume(355).amount
    Fraction(3, 2)
    """
    if millilitres >= _CUPS_FROM_ML:
        return _nearest(millilitres, CUPS)
    return _nearest(millilitres, TABLESPOONS if millilitres >= _SPOONS_FROM_ML else TEASPOONS)


@cache
def weight(grams: float) -> Portion:
    """Return the ounces or pounds that come nearest to a weight.

    >>> weight(455).unit is POUNDS, weight(510).amount
    (True, Fraction(18, 1))
    """
    if grams >= _POUNDS_FROM_GRAMS:
        pounds = _nearest(grams, POUNDS)
        if grams >= 48 * OUNCE.factor or abs(pounds.metric / grams - 1) <= _POUND_TOLERANCE:
            return pounds
    return _nearest(grams, OUNCES)


def next_step(portion: Portion) -> Portion:
    """Return the next larger amount of the same unit, for the upper end of a range."""
    larger = (step for step in portion.unit.steps if step > portion.amount)
    return Portion(next(larger, portion.amount + 1), portion.unit)


@cache
def equals(portion: Portion) -> tuple[Portion, ...]:
    """Return the same amount in other units.

    >>> [str(p.amount) for p in equals(Portion(Fraction(1, 4), CUPS))]
    ['4']
    """
    family = _VOLUMES if portion.unit in _VOLUMES else _WEIGHTS
    amounts = [(portion.amount * portion.unit.size / unit.size, unit) for unit in family]
    return tuple(
        Portion(amount, unit)
        for amount, unit in amounts
        if unit is not portion.unit and (amount in unit.steps or amount in unit.also)
    )
