"""All means of a study, one table a profile, with floors beside the configurations."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.runs import Run as RunFolder
from recipe_eval.comparing.floors import Standing, best_floor, of_same_titles, standing
from recipe_eval.comparing.noise import Swings, swings
from recipe_eval.comparing.runs import Configuration, by_configuration, load_run
from recipe_study.plan import PROFILES


class Means(NamedTuple):
    """One table."""

    profile: str
    metrics: dict[str, dict[str, Any]]
    """Title and direction by name."""
    configurations: list[Configuration]
    floors: list[Configuration]
    best: dict[str, str]
    """The best floor by metric."""
    standings: dict[tuple[str, str], Standing]
    """By configuration and metric: against the best floor."""
    swings: Swings
    """What two single runs of one configuration differ by: the noise of training."""

    def sunk(self, configuration: str, metric: str) -> bool:
        """Tell whether a configuration is not shown to beat the best floor."""
        found = self.standings.get((configuration, metric))
        return found is not None and not found.beats


def read_means(configurations: Sequence[Configuration], floors: Sequence[Path]) -> list[Means]:
    """Return a table for every profile that all runs of these configurations were scored by.

    `floors` are the folders that hold the runs of floors.
    """
    runs = [run for one in configurations for run in one.runs.values()]
    return [
        _means(profile, [_by(profile, one) for one in configurations], floors)
        for profile in PROFILES
        if all(RunFolder(run.folder).summary(profile).there() for run in runs)
    ]


def _by(profile: str, one: Configuration) -> Configuration:
    return Configuration(
        one.name,
        {
            seed: run if run.profile == profile else load_run(run.folder, profile)
            for seed, run in one.runs.items()
        },
    )


def _means(profile: str, configurations: list[Configuration], folders: Sequence[Path]) -> Means:
    first = configurations[0].first
    metrics = first.summary["metrics"]
    floors = by_configuration(
        of_same_titles(load_run(run, profile), first)
        for folder in folders
        for run in sorted(folder.glob("*/"))
        if RunFolder(run).floor.there()
    )
    best = {
        name: found
        for name, facts in metrics.items()
        if (found := best_floor(name, facts, floors)) is not None
    }
    standings = {
        (one.name, name): against
        for one in configurations
        for name, floor in best.items()
        if (against := standing(one, floor, name)) is not None
    }
    names = {name: floor.name for name, floor in best.items()}
    noise = swings(configurations, metrics)
    return Means(profile, metrics, configurations, floors, names, standings, noise)
