"""Configurations side by side: means, what is best, and every one against the baseline."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

from recipe_base.console import progress_bar
from recipe_base.errors import TopochefError
from recipe_eval.comparing.confounds import Confound
from recipe_eval.comparing.contrasts import Contrast, Pair, contrasts, correct
from recipe_eval.comparing.floors import (
    Standing,
    apart,
    best_floor,
    mean_of_floor,
    of_same_titles,
    standing,
)
from recipe_eval.comparing.noise import read_swings, with_swings
from recipe_eval.comparing.runs import Configuration, Run, by_configuration, differing, pair_of
from recipe_eval.statistics.means import Mean

_OF_ONE_RUN = ("n:", "decoder:")
"""Parts of a signature that tell of the run, not of the rules: the decoder is a confound."""


class Cell(NamedTuple):
    """One metric of one configuration."""

    mean: Mean | None
    """Over recipes, each recipe's mean over seeds; None where the metric applies to none."""
    seed_sd: float | None
    """Deviation of the means of seeds; None of one."""
    seed_means: tuple[float, ...]
    pooled: float | None
    """Of all recipes as if they were one, where that is customary; the mean over seeds."""
    best: bool
    contrast: Contrast | None
    """With the baseline; None for itself, and where they have fewer than two recipes in common."""
    signature: str
    """Of the first run."""
    standing: Standing | None = None
    """Against the best floor of the metric; None without floors."""

    @property
    def sunk(self) -> bool:
        """Whether it is not shown to beat the best floor."""
        return self.standing is not None and not self.standing.beats


class Row(NamedTuple):
    """One metric of all configurations."""

    name: str
    facts: dict[str, Any]
    """What every summary says of the metric: title, group, lower_is_better, rests_on, gold."""
    cells: tuple[Cell, ...]
    """In the order of the configurations."""
    floors: tuple[Mean | None, ...] = ()
    """In the order of the floors."""
    best_floor: str | None = None

    @property
    def title(self) -> str:
        """Heading, with an arrow where lower is better."""
        return f"{self.facts['title']}{' ↓' if self.facts['lower_is_better'] else ''}"


class Comparison(NamedTuple):
    """All metrics of one profile of all configurations."""

    profile: str
    configurations: tuple[Configuration, ...]
    baseline: Configuration
    """What all others are compared with."""
    rows: tuple[Row, ...]
    confounds: dict[str, list[Confound]]
    """By run: what differs from the baseline beside the loss."""
    tests: int
    """How many contrasts were corrected together."""
    floors: tuple[Configuration, ...] = ()
    """Systems without a model; no test of the family is of them."""

    @property
    def others(self) -> tuple[tuple[int, Configuration], ...]:
        """The configurations that are compared with the baseline, with their column."""
        columns = enumerate(self.configurations)
        return tuple((i, one) for i, one in columns if one is not self.baseline)

    @property
    def titles(self) -> int:
        """How many recipes every run was asked for."""
        return int(self.baseline.first.summary["recipes"])

    def contrasts(self, column: int) -> list[tuple[Row, Contrast]]:
        """Return the metrics on which a configuration could be compared, with the result."""
        found = ((row, row.cells[column].contrast) for row in self.rows)
        return [(row, contrast) for row, contrast in found if contrast is not None]


def compare(
    profiles: Sequence[Sequence[Run]], baseline: str | None = None, study: Path | None = None
) -> list[Comparison]:
    """Compare runs with the baseline, once for each profile that they were scored by.

    Floors among them stand apart: no test of theirs is in the family. `baseline` names a
    configuration or one of its runs; None takes the first that was tuned. The p values of all
    profiles are corrected together: all are shown. `study` is the folder of one that measured the
    noise of training.

    Raises `TopochefError` if the runs were not asked for the same recipes or were scored by
    different rules: their numbers would stand side by side and mean different things.
    """
    grouped, floors = [], []
    for runs in profiles:
        models, without = apart(runs)
        _refuse_unlike(models)
        configurations = by_configuration(models)
        grouped.append((configurations, _baseline(configurations, baseline)))
        floors.append(by_configuration(_as_asked(floor, models[0]) for floor in without))
    found = _contrasts(grouped)
    corrected = iter(correct([one for some in found for one in some]))
    tests = sum(map(len, found))
    return [
        _comparison(*group, [next(corrected) for _ in some], tests, beneath, study)
        for group, some, beneath in zip(grouped, found, floors, strict=True)
    ]


def _refuse_unlike(runs: Sequence[Run]) -> None:
    first = runs[0]
    for run in runs[1:]:
        if any(
            run.scores[name].keys() != first.scores[name].keys() for name in _shared(run, first)
        ):
            raise TopochefError(
                f"{first.folder} ({first.summary['recipes']} recipes) and {run.folder} "
                f"({run.summary['recipes']}) answer different test titles: generate both with "
                "the same --data and --limit"
            )
        if unlike := sorted(_rules(run) ^ _rules(first)):
            raise TopochefError(
                f"{first.folder} and {run.folder} were scored by different rules ({unlike[0]}): "
                "score both anew with the same options"
            )


def _as_asked(floor: Run, model: Run) -> Run:
    """Return a floor on the titles of a model; on a metric that both have, by the same rules."""
    same = of_same_titles(floor, model)
    if unlike := sorted(_rules(same, model.scores) - _rules(model)):
        raise TopochefError(
            f"{model.folder} and the floor {floor.folder} were scored by different rules "
            f"({unlike[0]}): score both anew with the same options"
        )
    return same


def _shared(run: Run, other: Run) -> list[str]:
    return [name for name in run.scores if name in other.scores]


def _rules(run: Run, of: Container[str] | None = None) -> set[str]:
    """Return the signatures of a run's metrics, but for what may differ between runs."""
    return {
        "|".join(part for part in facts["signature"].split("|") if not part.startswith(_OF_ONE_RUN))
        for name, facts in run.summary["metrics"].items()
        if of is None or name in of
    }


def _baseline(configurations: Sequence[Configuration], name: str | None) -> Configuration:
    if name is None:
        return next((one for one in configurations if one.first.tuned), configurations[0])
    for one in configurations:
        if name in {one.name, *(run.name for run in one.runs.values())}:
            return one
    names = ", ".join(one.name for one in configurations)
    raise TopochefError(f"--baseline {name}: choose one of {names}")


def _contrasts(
    grouped: Sequence[tuple[list[Configuration], Configuration]],
) -> list[list[Contrast]]:
    """Return the contrasts of every profile, each alone, with a progress bar."""
    pairs = [
        [
            pair_of(one, baseline, metric)
            for one in configurations
            if one is not baseline
            for metric in baseline.first.summary["metrics"]
        ]
        for configurations, baseline in grouped
    ]
    with progress_bar("Comparing", sum(map(len, pairs))) as advance:
        return [list(_each(some, advance)) for some in pairs]


def _each(pairs: Sequence[Pair], advance: Callable[[], None]) -> Iterator[Contrast]:
    for pair in pairs:
        yield from contrasts([pair])
        advance()


def _comparison(
    configurations: Sequence[Configuration],
    baseline: Configuration,
    found: Sequence[Contrast],
    tests: int,
    floors: Sequence[Configuration],
    study: Path | None,
) -> Comparison:
    known = read_swings(study, baseline.first.profile)
    by_pair = {(one.ours, one.metric): one for one in with_swings(found, known)}
    return Comparison(
        profile=baseline.first.profile,
        configurations=tuple(configurations),
        baseline=baseline,
        rows=tuple(
            _row(name, facts, configurations, by_pair, floors)
            for name, facts in baseline.first.summary["metrics"].items()
        ),
        confounds=differing(configurations, baseline),
        tests=tests,
        floors=tuple(floors),
    )


def _row(
    metric: str,
    facts: dict[str, Any],
    configurations: Sequence[Configuration],
    by_pair: dict[tuple[str, str], Contrast],
    floors: Sequence[Configuration],
) -> Row:
    best = best_floor(metric, facts, floors)
    cells = [
        cell._replace(standing=standing(one, best, metric))
        for one, cell in zip(
            configurations, _cells(metric, facts, configurations, by_pair), strict=True
        )
    ]
    means = tuple(mean_of_floor(one, metric) for one in floors)
    return Row(metric, facts, tuple(cells), means, best.name if best else None)


def _cells(
    metric: str,
    facts: dict[str, Any],
    configurations: Sequence[Configuration],
    by_pair: dict[tuple[str, str], Contrast],
) -> Iterator[Cell]:
    means = [one.mean(metric) for one in configurations]
    known = [mean.mean for mean in means if mean is not None]
    best = (min if facts["lower_is_better"] else max)(known, default=None)
    for one, mean in zip(configurations, means, strict=True):
        pooled = [run.summary["metrics"][metric]["pooled"] for run in one.runs.values()]
        yield Cell(
            mean=mean,
            seed_sd=one.seed_sd(metric),
            seed_means=tuple(one.seed_means(metric)),
            pooled=None if None in pooled else fmean(pooled),
            best=mean is not None and mean.mean == best,
            contrast=by_pair.get((one.name, metric)),
            signature=one.first.summary["metrics"][metric]["signature"],
        )
