"""What the arms of a study scored: lists and whole recipes, floors beside them, tokens, lengths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

import numpy as np

from recipe_base.files import read_manifest
from recipe_base.runs import FLOORS_FOLDER, Run
from recipe_eval.comparing.floors import best_floor, of_same_titles
from recipe_eval.comparing.runs import Configuration, by_configuration, load_run
from recipe_eval.comparing.seeds import Between, pooled_between
from recipe_study.continuing.runs import PROFILE, RATION, ROWS
from recipe_study.results import seeds_in_common
from recipe_study.runner import Outcome

LENGTHS = "ingredient_f1"
"""The metric whose counts are (right, lines that were written, lines of gold)."""


class Written(NamedTuple):
    """One part of what was written: lists alone, or whole recipes."""

    arms: dict[str, Configuration]
    """By name, of the seeds that all of them have."""
    floors: list[Configuration]
    """On the same titles."""

    def best_floor(self, metric: str) -> Configuration | None:
        """Return the floor with the best mean."""
        facts = next(iter(self.arms.values())).first.summary["metrics"][metric]
        return best_floor(metric, facts, self.floors)

    def between(self, metric: str, arms: Sequence[str]) -> Between | None:
        """Pool how much arms vary between seeds, over the titles to which all runs have a value."""
        runs = [self.arms[name].runs for name in arms if name in self.arms]
        if len(runs) < 2:
            return None
        scores = [[run.scores[metric] for run in one.values()] for one in runs]
        everywhere = [one for some in scores for one in some]
        titles = [t for t in everywhere[0] if all(one.get(t) is not None for one in everywhere)]
        if not titles:
            return None
        means = [[fmean(float(one[t] or 0.0) for t in titles) for one in some] for some in scores]
        return pooled_between(np.array(means))


class Length(NamedTuple):
    """How long lists are."""

    lines: float
    """Of a list that was written, over all runs; texts that are none left out."""
    gold: float
    """Of gold's."""


class Tokens(NamedTuple):
    """What a run was trained on."""

    rationed: int
    """Trained tokens of its ration."""
    counted: int | None
    """Trained tokens that the trainer counted; None where it does not count."""

    @property
    def trained(self) -> int:
        """The trainer's number, or the ration's."""
        return self.rationed if self.counted is None else self.counted


def read_written(folder: Path, outcomes: Sequence[Outcome]) -> tuple[Written, Written]:
    """Return lists and whole recipes of all arms whose jobs are done.

    `outcomes` are those of arms alone. Floors are read where they were scored.
    """
    done = [outcome.job for outcome in outcomes if outcome.failed is None]
    lists: dict[str, Configuration] = {}
    whole: dict[str, Configuration] = {}
    for job in done:
        run = Run(folder / job.folder)
        for found, one in ((lists, run.lists), (whole, run)):
            arm = found.setdefault(job.configuration, Configuration(job.configuration, {}))
            arm.runs[str(job.seed)] = load_run(one.folder, PROFILE)
    return _with_floors(folder, lists), _with_floors(folder, whole)


def _with_floors(folder: Path, arms: Mapping[str, Configuration]) -> Written:
    kept = {name: one for name, one in seeds_in_common(dict(arms)).items() if one.runs}
    where = folder / "runs" / FLOORS_FOLDER
    runs = [
        run
        for run in sorted(where.glob("*/"))
        if Run(run).floor.there() and Run(run).summary(PROFILE).there()
    ]
    if not kept:
        return Written({}, [])
    first = next(iter(kept.values())).first
    return Written(
        kept, by_configuration(of_same_titles(load_run(run, PROFILE), first) for run in runs)
    )


def length_of(arm: Configuration) -> Length | None:
    """Return how long the lists of an arm are; None where it wrote none."""
    written, gold = [], []
    for run in arm.runs.values():
        for row in Run(run.folder).scores(PROFILE).read():
            if row["metric"] == LENGTHS:
                _, lines, wanted = row["statistics"]
                gold.append(wanted)
                written += [lines] if lines else []
    return Length(fmean(written), fmean(gold)) if written else None


def valid_share(arm: Configuration) -> float:
    """Return which share of what an arm wrote is what was asked for."""
    asked = sum(int(run.summary["recipes"]) for run in arm.runs.values())
    return 1 - arm.failed / asked


def tokens_of(run: Run) -> Tokens | None:
    """Return what a run was trained on; None where nothing was."""
    ration = read_manifest(run.folder / ROWS).get(RATION)
    counted = (run.cost or {}).get("trained_tokens")
    return None if ration is None else Tokens(ration["tokens"], counted)
