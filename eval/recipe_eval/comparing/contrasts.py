"""Two configurations on one metric: everything that their scores say of the difference."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from recipe_base.errors import TopochefError
from recipe_eval.comparing.seeds import Between, Effect, effect
from recipe_eval.statistics.means import Mean, mean_of
from recipe_eval.statistics.significance import (
    Moments,
    Test,
    Values,
    cohens_d,
    holm,
    moments,
    welch,
    wilcoxon,
)

SEED = re.compile(r"-seed(\d+)$")
ALPHA = 0.05

Scores = Mapping[str, float | None]
"""One metric of one run: the value of every recipe, by id."""


class Contrast(NamedTuple):
    """A configuration against another on one metric, recipe by recipe."""

    metric: str
    ours: str
    theirs: str
    lower_is_better: bool
    titles: int
    """Recipes to which the metric applies in every run of both."""
    left_out: int
    """The others."""
    sample: tuple[Moments, Moments]
    """Ours and theirs over recipes, each recipe's mean over seeds."""
    welch: Test
    """As published: unpaired. Its p is not corrected."""
    d: float
    """Cohen's d of the two samples."""
    effect: Effect
    """Ours - theirs, paired by recipe and seed; its p decides."""
    wilcoxon: float
    """p of the signed ranks of the recipes' differences."""
    bootstrap: Mean
    """The same difference, by resampling recipes."""
    corrected: float
    """p of `effect` after Holm's correction over all contrasts shown together."""
    swing: float | None = None
    """Of single runs: what two trainings of one configuration differ by, 19 times in 20 at most;
    None where no study measured it."""

    @property
    def gain(self) -> float:
        """The difference, above 0 where ours is better."""
        return -self.effect.mean if self.lower_is_better else self.effect.mean

    @property
    def verdict(self) -> str:
        """`better`, `worse`, `not shown` where the corrected p is not below 0.05, or `one run`.

        The last where it is, but of one run on each side: such a p is of other titles, and says
        nothing of what another seed or machine would have trained.
        """
        if self.corrected >= ALPHA or self.gain == 0:
            return "not shown"
        if self.effect.seeds == 1:
            return "one run"
        return "better" if self.gain > 0 else "worse"

    @property
    def shown(self) -> bool:
        """Whether the difference is a finding."""
        return self.verdict in ("better", "worse")


class Pair(NamedTuple):
    """What is compared on one metric: runs by seed of one configuration, and of another."""

    metric: str
    lower_is_better: bool
    ours: str
    theirs: str
    our_runs: Mapping[str, Scores]
    their_runs: Mapping[str, Scores]
    between: Between | None = None
    """How much such differences vary between seeds, where more is known of it than these tell."""


def seed_of(name: str) -> tuple[str, str]:
    """Split the name of a run into configuration and seed, which is empty where there is none.

    >>> seed_of("tiny-ce-seed12"), seed_of("tiny-base")
    (('tiny-ce', '12'), ('tiny-base', ''))
    """
    found = SEED.search(name)
    return (name[: found.start()], found[1]) if found else (name, "")


def contrasts(pairs: Sequence[Pair]) -> list[Contrast]:
    """Compare every pair, and correct for having looked at all of them.

    A pair whose metric applies to fewer than two recipes in common is left out.
    """
    return correct([one for pair in pairs if (one := _contrast(pair)) is not None])


def correct(shown: Sequence[Contrast]) -> list[Contrast]:
    """Return the same contrasts, corrected as all that are shown together."""
    corrected = holm([one.effect.test.p for one in shown])
    return [one._replace(corrected=p) for one, p in zip(shown, corrected, strict=True)]


def _contrast(pair: Pair) -> Contrast | None:
    ours, theirs, left_out = matrices(pair)
    titles = ours.shape[1]
    if titles < 2:
        return None
    differences = ours - theirs
    over_seeds = differences.mean(axis=0)
    sample = (moments(ours.mean(axis=0)), moments(theirs.mean(axis=0)))
    bootstrap = mean_of(over_seeds.tolist())
    assert bootstrap is not None
    found = effect(differences, pair.between)
    return Contrast(
        metric=pair.metric,
        ours=pair.ours,
        theirs=pair.theirs,
        lower_is_better=pair.lower_is_better,
        titles=titles,
        left_out=left_out,
        sample=sample,
        welch=welch(*sample),
        d=cohens_d(*sample),
        effect=found,
        wilcoxon=wilcoxon(over_seeds),
        bootstrap=bootstrap,
        corrected=found.test.p,
    )


def matrices(pair: Pair) -> tuple[Values, Values, int]:
    """Return both sides as (seeds, titles) of the titles that every run has a value of.

    A side that was not drawn with seeds stands for each of the other's.
    """
    seeds = sorted({*pair.our_runs, *pair.their_runs} - {""}) or [""]
    sides = [_by_seed(pair, runs, seeds) for runs in (pair.our_runs, pair.their_runs)]
    everywhere = [run for side in sides for run in side]
    ids = sorted(set.intersection(*(set(run) for run in everywhere)))
    applies = [i for i in ids if all(run[i] is not None for run in everywhere)]
    ours, theirs = (np.array([[run[i] for i in applies] for run in side]) for side in sides)
    return ours.astype(float), theirs.astype(float), len(ids) - len(applies)


def _by_seed(pair: Pair, runs: Mapping[str, Scores], seeds: Sequence[str]) -> list[Scores]:
    if set(runs) == {""}:
        return [runs[""]] * len(seeds)
    if missing := sorted(set(seeds) - set(runs)):
        name = pair.ours if runs is pair.our_runs else pair.theirs
        raise TopochefError(
            f"{name} has no run of seed {', '.join(missing)}, which the other has: "
            "compare the seeds that both have"
        )
    return [runs[seed] for seed in seeds]
