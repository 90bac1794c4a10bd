"""Rows that no reader can use: a known share of them, each for a known reason."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

_TITLE, _INGREDIENTS, _DIRECTIONS = 1, 2, 3


def _replaced(cells: list[str], column: int, text: str) -> list[str]:
    return [*cells[:column], text, *cells[column + 1 :]]


FAULTS: dict[str, Callable[[list[str]], list[str]]] = {
    "no title": lambda cells: _replaced(cells, _TITLE, ""),
    "no ingredients": lambda cells: _replaced(cells, _INGREDIENTS, "[]"),
    "no directions": lambda cells: _replaced(cells, _DIRECTIONS, "[]"),
    "broken JSON": lambda cells: _replaced(cells, _INGREDIENTS, cells[_INGREDIENTS][:-9]),
    "not a list of strings": lambda cells: _replaced(cells, _DIRECTIONS, "[7]"),
}
"""Reason for which a reader rejects the row, and what is done to its cells."""
DUPLICATE = "duplicate"
_SHARE = 0.0035
_MIN_ROWS = 100


def plan_faults(rows: int, rng: Random) -> dict[int, str]:
    """Choose the rows that are spoilt: the same small share for each reason, at least one each.

    The result maps the index of a row to its reason. A duplicate repeats an earlier row, so the
    first rows are spared; a corpus of fewer than 100 rows has no faults.
    """
    reasons = (*FAULTS, DUPLICATE)
    if rows < _MIN_ROWS:
        return {}
    each = max(1, round(rows * _SHARE))
    chosen = rng.sample(range(len(reasons) * 2, rows), each * len(reasons))
    return {index: reasons[i % len(reasons)] for i, index in enumerate(chosen)}
