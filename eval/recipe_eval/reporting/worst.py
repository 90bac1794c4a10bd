"""The recipes that went wrong the most, and why."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean
from typing import NamedTuple

from recipe_eval.comparing.comparison import Comparison
from recipe_eval.comparing.runs import Configuration, Run
from recipe_eval.metrics.base import MAIN
from recipe_eval.reporting.gallery import mark_ingredients
from recipe_eval.scoring.judging import OK

_LOWEST = 3
_NAMED = 4


class Worst(NamedTuple):
    """One recipe of a configuration."""

    title: str
    run: str
    """The run that did it worst."""
    mean: float
    """Over all metrics that compare it with gold, 1 - x where lower is better, and all seeds."""
    why: str


class _Try(NamedTuple):
    """One recipe of one run; sorts from the worst."""

    done: bool
    mean: float
    run: Run


def worst_recipes(
    comparison: Comparison, count: int = 5
) -> list[tuple[Configuration, list[Worst]]]:
    """Return the worst recipes of every configuration: failures first, then by their mean."""
    return [(one, _worst_of(one, comparison, count)) for one in comparison.configurations]


def _worst_of(one: Configuration, comparison: Comparison, count: int) -> list[Worst]:
    ranked = []
    for name in one.first.judged:
        tries = [
            _Try(run.judged[name].status == OK, _mean(_goodness(run, name, comparison)), run)
            for run in one.runs.values()
        ]
        done = fmean(each.done for each in tries)
        worst = min(tries, key=lambda each: each[:2])
        ranked.append((done, fmean(each.mean for each in tries), name, worst.run))
    return [
        Worst(run.judged[name].title, run.name, mean, "; ".join(_why(run, name, comparison)))
        for _, mean, name, run in sorted(ranked, key=lambda each: each[:3])[:count]
    ]


def _goodness(run: Run, name: str, comparison: Comparison) -> list[tuple[float, str, float]]:
    """Return (1 at best, title, value) of the metrics that compare a recipe with gold."""
    found = []
    for row in comparison.rows:
        value = run.scores[row.name][name]
        if row.facts["group"] != "kitchen" and value is not None:
            good = 1 - value if row.facts["lower_is_better"] else value
            found.append((good, row.title, value))
    return found


def _mean(goodness: list[tuple[float, str, float]]) -> float:
    return fmean(good for good, _, _ in goodness) if goodness else 0.0


def _why(run: Run, name: str, comparison: Comparison) -> Iterator[str]:
    judged = run.judged[name]
    if judged.predicted is None:
        yield f"failed: {judged.status}"
        return
    lines, forgotten = mark_ingredients(judged.predicted, judged.gold)
    if forgotten:
        yield f"forgot: {_some(forgotten)}"
    if invented := [line.text for line in lines if line.mark == "miss"]:
        yield f"not in gold: {_some(invented)}"
    published = {row.title for row in comparison.rows if row.facts["group"] in MAIN}
    lowest = sorted(one for one in _goodness(run, name, comparison) if one[1] in published)
    yield " · ".join(f"{title} {value:.2f}" for _, title, value in lowest[:_LOWEST])


def _some(names: tuple[str, ...] | list[str]) -> str:
    more = len(names) - _NAMED
    return " · ".join(names[:_NAMED]) + (f" · {more} more" if more > 0 else "")
