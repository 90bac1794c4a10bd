"""What the losses teach of the held-out recipes, kind by kind: gold's likelihood against CE's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import NamedTuple

from recipe_base.runs import Run
from recipe_eval.comparing.contrasts import Contrast, Pair, contrasts
from recipe_eval.comparing.runs import Configuration
from recipe_eval.likelihood.measure import Nats, read_nats
from recipe_eval.likelihood.tokens import ALL, REST


class Gold(NamedTuple):
    """Nats a token of gold, by configuration."""

    kinds: list[str]
    means: dict[str, dict[str, float]]
    """By configuration and kind: over recipes and seeds."""
    against: dict[str, dict[str, Contrast]]
    """By configuration and kind: its difference to cross-entropy, corrected as one family."""


def read_gold(configurations: Mapping[str, Configuration], baseline: str = "ce") -> Gold | None:
    """Read and compare the likelihoods; None unless every run has them, the baseline too."""
    runs = [run for one in configurations.values() for run in one.runs.values()]
    if baseline not in configurations or not all(
        Run(run.folder).likelihood.there() for run in runs
    ):
        return None
    nats = {
        name: {seed: read_nats(run.folder) for seed, run in one.runs.items()}
        for name, one in configurations.items()
    }
    kinds = _in_order(nats[baseline].values())
    pairs = [
        _pair(name, baseline, kind, nats)
        for name in configurations
        if name not in ("base", baseline)
        for kind in kinds
    ]
    against: dict[str, dict[str, Contrast]] = {}
    for one in contrasts(pairs):
        against.setdefault(one.ours, {})[one.metric] = one
    return Gold(kinds, {name: _means(runs, kinds) for name, runs in nats.items()}, against)


def _in_order(runs: Iterable[Nats]) -> list[str]:
    """Return the kinds that every run has: all first, what is in no span last."""
    common = set.intersection(*(set(run) for run in runs))
    named = sorted(common - {ALL, REST})
    return [kind for kind in (ALL, *named, REST) if kind in common]


def _means(runs: Mapping[str, Nats], kinds: Sequence[str]) -> dict[str, float]:
    return {kind: fmean(fmean(run[kind].values()) for run in runs.values()) for kind in kinds}


def _pair(ours: str, theirs: str, kind: str, nats: Mapping[str, Mapping[str, Nats]]) -> Pair:
    ours_by_seed, theirs_by_seed = (
        {seed: run[kind] for seed, run in nats[name].items()} for name in (ours, theirs)
    )
    return Pair(
        metric=kind,
        lower_is_better=True,
        ours=ours,
        theirs=theirs,
        our_runs=ours_by_seed,
        their_runs=theirs_by_seed,
    )
