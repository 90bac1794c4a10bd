"""Scored runs as their folders tell of them, and runs that are seeds of one configuration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from recipe_base.errors import TopochefError
from recipe_base.runs import Run as RunFolder
from recipe_eval.comparing.confounds import Confound, confounds, loss_of
from recipe_eval.comparing.contrasts import Pair, Scores, seed_of
from recipe_eval.scoring.judging import Judged
from recipe_eval.scoring.score import read_judged, read_scores, read_summary
from recipe_eval.statistics.means import Mean, mean_of

_SEEDS = frozenset({"train.seed", "decode.seed"})


@dataclass(frozen=True)
class Run:
    """What the files of a run say that was scored by one profile."""

    name: str
    folder: Path
    profile: str
    summary: dict[str, Any]
    scores: Mapping[str, Scores]
    """Value by metric and recipe id."""

    @cached_property
    def judged(self) -> dict[str, Judged]:
        """Entities by recipe id."""
        return read_judged(self.folder)

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What every stage recorded."""
        return RunFolder(self.folder).manifest

    @property
    def tuned(self) -> bool:
        """Whether an adapter was trained in this run."""
        return RunFolder(self.folder).adapter.is_dir()

    @property
    def is_floor(self) -> bool:
        """Whether no model wrote this run."""
        return RunFolder(self.folder).floor.there()

    @property
    def what(self) -> str:
        """What a floor does; empty for a model."""
        return str((RunFolder(self.folder).floor.read_if_there() or {}).get("what", ""))

    @property
    def failed(self) -> int:
        """How many generations failed."""
        return sum(len(ids) for ids in self.summary["failures"].values())


def load_run(folder: Path, profile: str = "strict") -> Run:
    """Read a scored run; raises `TopochefError` if it is not scored by the profile."""
    name = folder.name or folder.resolve().name
    return Run(name, folder, profile, read_summary(folder, profile), read_scores(folder, profile))


@dataclass(frozen=True)
class Configuration:
    """All runs of one configuration."""

    name: str
    runs: dict[str, Run]
    """By seed; the seed is empty where the name says none."""

    @property
    def first(self) -> Run:
        """The run that stands for all where only one can be shown."""
        return next(iter(self.runs.values()))

    @property
    def failed(self) -> int:
        """How many generations failed, over all seeds."""
        return sum(run.failed for run in self.runs.values())

    def mean(self, metric: str) -> Mean | None:
        """Return the mean over recipes of each recipe's mean over seeds."""
        by_recipe: dict[str, list[float]] = {}
        for run in self.runs.values():
            for recipe, value in run.scores[metric].items():
                if value is not None:
                    by_recipe.setdefault(recipe, []).append(value)
        return mean_of([fmean(values) for values in by_recipe.values()])

    def seed_means(self, metric: str) -> list[float]:
        """Return the mean of every seed's run to whose recipes the metric applies."""
        means = [run.summary["metrics"][metric]["mean"] for run in self.runs.values()]
        return [mean for mean in means if mean is not None]

    def seed_sd(self, metric: str) -> float | None:
        """Return the deviation of the means of seeds (n - 1); None of fewer than two."""
        means = self.seed_means(metric)
        return stdev(means) if len(means) > 1 else None


def by_configuration(runs: Iterable[Run]) -> list[Configuration]:
    """Group runs by configuration.

    Raises `TopochefError` if two runs have one name, or runs that are named as seeds of one
    configuration were trained with different losses.
    """
    groups: dict[str, Configuration] = {}
    for run in runs:
        name, seed = seed_of(run.name)
        group = groups.setdefault(name, Configuration(name, {}))
        if seed in group.runs:
            raise TopochefError(f"two runs are called {run.name}: rename one folder")
        group.runs[seed] = run
        if loss_of(run.folder) != loss_of(group.first.folder):
            raise TopochefError(
                f"{group.first.folder} and {run.folder} are named as seeds of {name}, but were "
                "trained with different losses: rename one folder"
            )
    return list(groups.values())


def pair_of(ours: Configuration, theirs: Configuration, metric: str) -> Pair:
    """Return the scores of two configurations on one metric."""
    return Pair(
        metric=metric,
        lower_is_better=ours.first.summary["metrics"][metric]["lower_is_better"],
        ours=ours.name,
        theirs=theirs.name,
        our_runs={seed: run.scores[metric] for seed, run in ours.runs.items()},
        their_runs={seed: run.scores[metric] for seed, run in theirs.runs.items()},
    )


def differing(
    configurations: Sequence[Configuration], baseline: Configuration
) -> dict[str, list[Confound]]:
    """Return, by run, what differs beside the loss: from the baseline's run of the same seed.

    Of the baseline's own runs, what differs beside the seed. Runs that differ in nothing are left
    out.
    """
    found = {}
    for one in configurations:
        for seed, run in one.runs.items():
            theirs = baseline.first if one is baseline else baseline.runs.get(seed, baseline.first)
            ignore = _SEEDS if one is baseline else frozenset()
            if some := confounds(theirs.folder, run.folder, ignore):
                found[run.name] = some
    return found
