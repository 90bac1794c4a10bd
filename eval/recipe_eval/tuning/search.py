"""A search for the best sampler, one setting after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from recipe_data.sampling import DEFAULT, GREEDY, Sampler
from recipe_eval.tuning.marks import Row

GRID: dict[str, tuple[float, ...]] = {
    "temperature": (0.2, 0.4, 0.6, 0.8, 1.0),
    "min_p": (0.0, 0.05, 0.1, 0.2),
    "top_p": (0.8, 0.9, 0.95, 1.0),
    "repeat_penalty": (1.0, 1.05, 1.1),
}
"""What is tried, in the order of settings: what decides most comes first."""


class Found(NamedTuple):
    """What a search saw."""

    rows: tuple[Row, ...]
    """Greedy first, then in the order in which they were tried."""
    chosen: Row


def most_rows(grid: Mapping[str, Sequence[float]]) -> int:
    """Return how many samplers a search tries at most: greedy, the start, and every other value."""
    return 2 + sum(len(values) for values in grid.values())


def search(
    evaluate: Callable[[Sampler], Row],
    grid: Mapping[str, Sequence[float]] = GRID,
    start: Sampler = DEFAULT,
) -> Found:
    """Vary one setting after the other, and keep the value with the best objective each time.

    From `start`, whose value stays where others are only as good; every sampler is evaluated once.
    Greedy decoding is measured for comparison, and not chosen.
    """
    rows = {GREEDY: evaluate(GREEDY)}
    best = start
    for name, values in grid.items():
        tried = [best, *(_changed(best, name, value) for value in values)]
        for sampler in tried:
            if sampler not in rows:
                rows[sampler] = evaluate(sampler)
        drawn = (sampler for sampler in tried if not sampler.greedy)
        best = max(drawn, key=lambda sampler: rows[sampler].objective)  # the first of equal ones
    return Found(tuple(rows.values()), rows[best])


def _changed(sampler: Sampler, name: str, value: float) -> Sampler:
    return Sampler.from_dict({**sampler.to_dict(), name: value})
