"""Floors beside models: which runs are floors, and does a model beat the best of them?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.errors import TopochefError
from recipe_base.runs import FLOORS_FOLDER
from recipe_base.runs import Run as RunFolder
from recipe_eval.comparing.contrasts import matrices
from recipe_eval.comparing.runs import Configuration, Run, pair_of
from recipe_eval.comparing.seeds import effect
from recipe_eval.statistics.means import Mean

NO_FLOORS = "none"
"""The option that leaves floors out."""


class Standing(NamedTuple):
    """A model against the best floor of a metric, paired by title and seed."""

    floor: str
    gain: float
    """The mean difference, above 0 where the model is better."""
    least: float
    """The lower end of its 95 % interval, not corrected."""

    @property
    def beats(self) -> bool:
        """Whether the model is better than the best floor by more than luck with titles."""
        return self.least > 0


def floor_folders(runs: Sequence[Path], chosen: str | None) -> list[Path]:
    """Return the floors to show beside runs: those of `chosen`, or beside the first run.

    `none` returns none, and a run that is given already is not given twice. Raises
    `TopochefError` if a folder was chosen that holds no floors.
    """
    if chosen == NO_FLOORS:
        return []
    where = Path(chosen) if chosen else runs[0].resolve().parent / FLOORS_FOLDER
    found = [one for one in sorted(where.glob("*/")) if RunFolder(one).floor.there()]
    if chosen and not found:
        raise TopochefError(
            f"--floors {chosen} holds no floors: run `recipe-eval floor DATA --output DIR` and "
            f"score them, or give --floors {NO_FLOORS}"
        )
    given = {run.resolve() for run in runs}
    return [one for one in found if one.resolve() not in given]


def apart(runs: Iterable[Run]) -> tuple[list[Run], list[Run]]:
    """Return the models, and the floors; floors alone are compared like models."""
    runs = list(runs)
    models = [run for run in runs if not run.is_floor]
    return (models, [run for run in runs if run.is_floor]) if models else (runs, [])


def of_same_titles(floor: Run, model: Run) -> Run:
    """Return a floor with the scores of the model's titles alone.

    Raises `TopochefError` if it does not answer all of them.
    """
    scores = {}
    for metric, asked in model.scores.items():
        known = floor.scores.get(metric, {})
        if metric in floor.scores and (missing := asked.keys() - known.keys()):
            raise TopochefError(
                f"{floor.folder} does not answer {min(missing)}, which {model.folder} does: make "
                f"it anew with `recipe-eval floor` from the same data, or give --floors {NO_FLOORS}"
            )
        scores[metric] = {title: known[title] for title in asked if title in known}
    summary = {**floor.summary, "recipes": model.summary.get("recipes")}
    return replace(
        floor, scores={name: one for name, one in scores.items() if one}, summary=summary
    )


def mean_of_floor(floor: Configuration, metric: str) -> Mean | None:
    """Return a floor's mean; None where it is not scored by the metric, or it does not apply."""
    return floor.mean(metric) if metric in floor.first.scores else None


def best_floor(
    metric: str, facts: dict[str, Any], floors: Sequence[Configuration]
) -> Configuration | None:
    """Return the floor with the best mean; None where there is none."""
    sign = -1 if facts["lower_is_better"] else 1
    known = [(mean.mean, one) for one in floors if (mean := mean_of_floor(one, metric))]
    return max(known, key=lambda pair: sign * pair[0])[1] if known else None


def standing(model: Configuration, floor: Configuration | None, metric: str) -> Standing | None:
    """Compare a model with a floor; None where fewer than two titles can be compared."""
    if floor is None:
        return None
    pair = pair_of(model, floor, metric)
    ours, theirs, _ = matrices(pair)
    if ours.shape[1] < 2:
        return None
    found = effect(ours - theirs)
    if pair.lower_is_better:
        return Standing(floor.name, -found.mean, -found.high)
    return Standing(floor.name, found.mean, found.low)
