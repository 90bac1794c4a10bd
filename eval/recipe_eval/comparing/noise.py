"""The noise of training: how far one run of a configuration differs from the next."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import variance

from recipe_base.records import Facts
from recipe_eval.comparing.contrasts import Contrast
from recipe_eval.comparing.runs import Configuration

NOISE_FILE = "noise.json"
_REACH = 1.96 * math.sqrt(2)  # of a difference of two, in deviations of one

Swings = Mapping[str, float]
"""By metric: what the means of two runs of one configuration differ by, 19 times in 20 at most."""


def swings(configurations: Sequence[Configuration], metrics: Iterable[str]) -> dict[str, float]:
    """Measure the noise of single runs by the seeds of configurations.

    1.96 √2 s, where s² is the variance of the means of seeds (n - 1), pooled over configurations
    by their degrees of freedom: what seeds change in training and in drawing words, on the same
    titles and the same machine. Empty where no configuration has two seeds.
    """
    found = {}
    for metric in metrics:
        of_seeds = [one.seed_means(metric) for one in configurations]
        known = [means for means in of_seeds if len(means) > 1]
        freedom = sum(len(means) - 1 for means in known)
        if freedom:
            squares = sum((len(means) - 1) * variance(means) for means in known)
            found[metric] = _REACH * math.sqrt(squares / freedom)
    return found


def noise_of(study: Path) -> Facts:
    """Return the record of the noise that a study measured, by profile and metric."""
    return Facts(study / NOISE_FILE, "recipe-eval study")


def read_swings(study: Path | None, profile: str) -> Swings:
    """Return what a study measured; nothing without one. Raises `TopochefError` if it did not."""
    if study is None:
        return {}
    measured: dict[str, Swings] = noise_of(study).read()
    return measured.get(profile, {})


def with_swings(shown: Iterable[Contrast], known: Swings) -> list[Contrast]:
    """Return contrasts, those of single runs with the noise of their metric where it is known."""
    return [
        one._replace(swing=known.get(one.metric)) if one.effect.seeds == 1 else one for one in shown
    ]
