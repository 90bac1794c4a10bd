"""What is measured of an answer that is one number with its unit."""

from __future__ import annotations

import math
from typing import NamedTuple

from recipe_data.answers import NumberUnit
from recipe_data.tasks.measures import Measure

_ROUNDING = 1e-9  # of a share of a number
SHARES = (0.1, 0.25)
"""Shares of gold within which answers are counted, beside each task's own tolerance."""
MOST_LOG_ERROR = math.log(10)
"""What no number, or one of another unit, has for its error: so has ten times too much."""
_UNITS: dict[NumberUnit, str] = {
    "g": "g",
    "ml": "ml",
    "unit": "pieces",
    "min": "min",
    "celsius": "°C",
}


class Amount(NamedTuple):
    """A number and what it counts."""

    value: float
    unit: NumberUnit


def within(share: float) -> Measure:
    """|answer − gold| ≤ share · gold, in one unit; no number counts as wrong."""

    def compare(answer: Amount | None, gold: Amount) -> float:
        if answer is None or answer.unit != gold.unit:
            return 0.0
        return float(abs(answer.value - gold.value) <= share * gold.value + _ROUNDING)

    percent = round(100 * share)
    return Measure(f"within_{percent}", f"Within {percent} %", f"within:{share:g}", compare)


def _log_error(answer: Amount | None, gold: Amount) -> float:
    """|ln(1 + answer) − ln(1 + gold)|, at most `MOST_LOG_ERROR`: that of the `numeric` term."""
    if answer is None or answer.unit != gold.unit:
        return MOST_LOG_ERROR
    return min(MOST_LOG_ERROR, abs(math.log1p(max(0.0, answer.value)) - math.log1p(gold.value)))


LOG_ERROR = Measure("log_error", "Log error", "log1p:max-ln10", _log_error, lower_is_better=True)


def absolute_error(unit: NumberUnit) -> Measure:
    """|answer − gold| in a unit, at most gold or 1: so much has no number, or twice too much."""

    def compare(answer: Amount | None, gold: Amount) -> float | None:
        if gold.unit != unit:
            return None
        most = max(gold.value, 1.0)
        if answer is None or answer.unit != unit:
            return most
        return min(most, abs(answer.value - gold.value))

    title = f"Error, {_UNITS[unit]}"
    return Measure(f"error_{unit}", title, "absolute:max-gold", compare, lower_is_better=True)
