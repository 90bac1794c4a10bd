"""From metric amounts to what a US cook writes, and the exact metric value of what is written."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import product
from math import floor, log
from random import Random
from typing import NamedTuple

from recipe_base.errors import TopochefError
from recipe_data.demo.knowledge import PACKS, Item
from recipe_data.demo.style import Style, write_number
from recipe_data.demo.us_units import Portion, equals, next_step, volume, weight
from recipe_data.language.units import OUNCE
from recipe_data.pantry.densities import grams_per_ml
from recipe_data.schema import Unit

_PACK_OUNCES = {
    "can": ("5", "6", "8", "10 1/2", "14 1/2", "15", "28"),
    "jar": ("12", "16", "24", "32"),
}
_PACK_COUNTS = tuple(map(Fraction, ("1/2", "1", "3/2", "2", "3", "4")))
_PIECES = {
    "slices": ("slice", "slices"),
    "cloves": ("clove", "cloves"),
    "stalks": ("stalk", "stalks"),
}
_MAY_FOLLOW = frozenset({"cloves", "stalks"})
_OTHER_UNIT_SHARE = 0.2
_DUAL_FROM = 25.0
"""Grams or millilitres; nobody gives spoonfuls in both systems."""


class Measured(NamedTuple):
    """An amount as printed, and its exact metric value."""

    before: str
    """All that stands before the name: `2 (14 1/2 oz.) cans`, `3 cloves`, `1 1/2 c.`"""
    quantity: float
    """Exact to a milligram or microlitre."""
    quantity_max: float | None
    """Upper end of a range, else None."""
    unit: Unit
    plural: bool = False
    """Whether the name stands for more than one thing."""
    after: str = ""
    """What stands behind the name: the `cloves` of `3 garlic cloves`."""


def measure(
    item: Item, factor: float, preparation: str | None, style: Style, rng: Random, *, ranged: bool
) -> Measured | None:
    """Measure an item the way a US cook does; None where it has no amount.

    `factor` scales the amount of the knowledge base; `ranged` asks for a range where one can be
    written. Raises `TopochefError` where grams are to be measured in cups without a density.
    """
    if item.quantity is None:
        return None
    value = item.quantity * factor
    if item.unit == "unit":
        return _counted(item.measure, value, style, rng, ranged=ranged)
    if item.measure in PACKS:
        return _packs(value, item.measure or "", rng)
    if item.unit == "g" and item.measure is None:
        return _measured(weight(value), "g", 1.0, style, rng, ranged=ranged)
    density = grams_per_ml(item.name, preparation)
    if item.unit == "g":
        if density is None:
            raise TopochefError(f"{item.name}: (cup) needs a density: weigh it, or give ml")
        value /= density
    unit: Unit = "g" if density else "ml"
    return _measured(volume(value), unit, density or 1.0, style, rng, ranged=ranged)


def _measured(
    portion: Portion, unit: Unit, scale: float, style: Style, rng: Random, *, ranged: bool
) -> Measured:
    """Write a measured amount; `scale` leads from its own metric value to one in `unit`."""
    if ranged:
        high = next_step(portion)
        joint = rng.choice((" to ", " - ", "-"))
        number = f"{write_number(portion.amount, style)}{joint}{write_number(high.amount, style)}"
        text = f"{number} {_word(high, style)}"
        return Measured(text, round(portion.metric * scale, 3), round(high.metric * scale, 3), unit)
    others = equals(portion)
    if others and rng.random() < _OTHER_UNIT_SHARE:
        portion = rng.choice(others)
    text = f"{write_number(portion.amount, style)} {_word(portion, style)}"
    metric = portion.metric * scale
    if not style.dual or metric < _DUAL_FROM:
        return Measured(text, round(metric, 3), None, unit)
    metric = 5.0 * round(metric / 5)
    forms = ("{text} ({metric:g} {unit})", "{metric:g} {unit} ({text})", "{metric:g}{unit}/{text}")
    return Measured(
        rng.choice(forms).format(text=text, metric=metric, unit=unit), metric, None, unit
    )


def _word(portion: Portion, style: Style) -> str:
    return portion.unit.words[style.spelling][portion.amount > 1]


def _packs(grams: float, container: str, rng: Random) -> Measured:
    count, size = _choose_packs(grams, container)
    word = container if count <= 1 else f"{container}s"
    ounces = rng.choice(("oz.", "oz.", "ounce"))
    text = f"{write_number(count)} ({size}{'-' if ounces == 'ounce' else ' '}{ounces}) {word}"
    return Measured(text, round(_pack_grams(count, size), 3), None, "g")


@cache
def _choose_packs(grams: float, container: str) -> tuple[Fraction, str]:
    """Choose number and size of packs that are sold: few, whole ones, close to the weight."""

    def cost(choice: tuple[Fraction, str]) -> float:
        count, size = choice
        gap = abs(log(_pack_grams(count, size) / grams))
        return gap + 0.1 * (count.denominator > 1) + 0.02 * float(count)

    return min(product(_PACK_COUNTS, _PACK_OUNCES[container]), key=cost)


def _pack_grams(count: Fraction, size: str) -> float:
    return float(count * sum(map(Fraction, size.split()))) * OUNCE.factor


def _counted(
    pieces: str | None, value: float, style: Style, rng: Random, *, ranged: bool
) -> Measured:
    """Count: in whole numbers where it says in which pieces, else in halves up to two."""
    if pieces or value > 2:
        count = max(Fraction(floor(value + 0.5)), Fraction(1))
    else:
        count = max(Fraction(floor(value * 2 + 0.5), 2), Fraction(1, 2))
    number, most = write_number(count, style), count
    if ranged and count.denominator == 1:
        most = count + 1
        number = f"{number}{rng.choice((' to ', '-', ' or '))}{most}"
    many = most > 1
    measured = Measured(number, float(count), float(most) if most > count else None, "unit", many)
    if pieces == "large" and rng.random() < 0.5:
        return measured._replace(before=f"{number} large")
    if pieces not in _PIECES:
        return measured
    word = _PIECES[pieces][many]
    if pieces in _MAY_FOLLOW and rng.random() < 0.2:
        return measured._replace(after=word, plural=False)
    return measured._replace(before=f"{number} {word}", plural=False)
