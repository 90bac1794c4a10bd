"""The recipes that went wrong the most, and why."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean
from typing import NamedTuple

from recipe_eval.comparing.comparison import Comparison
from recipe_eval.comparing.runs import Configuration, Run
from recipe_eval.judging import OK
from recipe_eval.reporting.gallery import mark_ingredients

_LOWEST = 3
_NAMED = 4


class Worst(NamedTuple):
    """One recipe of one run."""

    title: str
    run: str
    mean: float
    """Over all metrics that compare it with gold, 1 - x where lower is better."""
    why: str


def worst_recipes(
    comparison: Comparison, count: int = 5
) -> list[tuple[Configuration, list[Worst]]]:
    """Return the worst recipes of every configuration: failures first, then by their mean."""
    return [(one, _worst_of(one, comparison, count)) for one in comparison.configurations]


def _worst_of(one: Configuration, comparison: Comparison, count: int) -> list[Worst]:
    ranked = sorted(
        (run.judged[name].status == OK, _mean(_goodness(run, name, comparison)), run.name, name)
        for run in one.runs.values()
        for name in run.judged
    )
    runs = {run.name: run for run in one.runs.values()}
    return [
        Worst(runs[run].judged[name].title, run, mean, "; ".join(_why(runs[run], name, comparison)))
        for _, mean, run, name in ranked[:count]
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
        yield f"forgot {_some(forgotten)}"
    if invented := [line.text for line in lines if line.mark == "miss"]:
        yield f"not in gold: {_some(invented)}"
    published = {row.title for row in comparison.rows if row.facts["group"] == "published"}
    lowest = sorted(one for one in _goodness(run, name, comparison) if one[1] in published)
    yield ", ".join(f"{title.lower()} {value:.2f}" for _, title, value in lowest[:_LOWEST])


def _some(names: tuple[str, ...] | list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
