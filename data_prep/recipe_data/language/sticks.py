"""Sticks of butter: half a cup, a quarter of a pound."""

from __future__ import annotations

import re

from recipe_data.language.amounts import Measure, scan_addends, scan_measure
from recipe_data.language.units import CUP

GRAMS, MILLILITRES = 113.4, CUP.factor / 2
_STICK = re.compile(r"\s?-?\s?(?:(?:of )?an? )?sticks?\b", re.IGNORECASE)
_INSIDE = re.compile(r"\s?\((?P<measure>[^()]{1,40})\)")
# The food, a few words behind: not `sticks of celery and butter`.
_BUTTER = re.compile(
    r"(?:\s(?!(?:and|with|in|celery|cinnamon|rhubarb)\b)[^\s;]+){0,7}?\s(?:butter|margarine|oleo)\b",
    re.IGNORECASE,
)


def scan_sticks(
    text: str, position: int, low: float, high: float | None, food: str = ""
) -> tuple[Measure, int] | None:
    """Read `sticks` behind a number, and what is added to them, where the food is butter.

    >>> scan_sticks("3 sticks plus 1 tablespoon margarine", 1, 3.0, None)
    (Measure(low=354.375, high=None, dimension='g', metric=False), 26)
    >>> scan_sticks("2 sticks celery", 1, 2.0, None)
    """
    stick = _STICK.match(text, position)
    if stick is None or not (_BUTTER.match(text, stick.end()) or _BUTTER.match(f" {food}")):
        return None
    volume = Measure(low * MILLILITRES, high * MILLILITRES if high else None, "ml", metric=False)
    total, end = scan_addends(text, _behind_bracket(text, stick.end()), volume, MILLILITRES)
    end = _behind_bracket(text, end)
    ends = (round(v * GRAMS / MILLILITRES, 4) if v else None for v in (total.low, total.high))
    return Measure(next(ends) or 0.0, next(ends), "g", metric=False), end


def _behind_bracket(text: str, position: int) -> int:
    """Skip what a bracket says of the same amount: `2 sticks (1 cup)`."""
    inside = _INSIDE.match(text, position)
    return inside.end() if inside and scan_measure(inside["measure"]) else position
