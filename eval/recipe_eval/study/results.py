"""The scored runs of a study, and what they answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from recipe_eval.comparing.confounds import Confound, confounds
from recipe_eval.comparing.contrasts import Contrast, Pair, contrasts
from recipe_eval.score import read_scores, read_summary
from recipe_eval.statistics import Mean, mean_of
from recipe_eval.study.plan import Job
from recipe_eval.study.questions import Asked, Question, asked_of
from recipe_eval.study.runner import Outcome


class Configuration(NamedTuple):
    """All runs of one configuration."""

    name: str
    runs: dict[str, Path]
    """Run folder by seed; the seed is empty where nothing was drawn."""
    summaries: dict[str, dict[str, Any]]
    scores: dict[str, dict[str, dict[str, float | None]]]
    """By seed, metric and recipe."""

    def mean(self, metric: str) -> Mean | None:
        """Return the mean over recipes of each recipe's mean over seeds."""
        by_recipe: dict[str, list[float]] = {}
        for scores in self.scores.values():
            for recipe, value in scores[metric].items():
                if value is not None:
                    by_recipe.setdefault(recipe, []).append(value)
        return mean_of([sum(values) / len(values) for values in by_recipe.values()])

    @property
    def failed(self) -> int:
        """How many generations failed, over all seeds."""
        return sum(
            len(ids) for summary in self.summaries.values() for ids in summary["failures"].values()
        )


class Answer(NamedTuple):
    """A question with its contrasts, corrected together with those of all other questions."""

    question: Question
    contrasts: list[Contrast]


class Results(NamedTuple):
    """What a study found."""

    configurations: list[Configuration]
    metrics: dict[str, dict[str, Any]]
    """Title and direction by name."""
    answers: list[Answer]
    explored: list[Contrast]
    """Every configuration against cross-entropy on every metric, corrected as a family of its own:
    nobody asked beforehand."""
    confounds: dict[str, list[Confound]]
    """By run: what differs from the cross-entropy run of the same seed beside the loss."""


def read_results(folder: Path, outcomes: Sequence[Outcome]) -> Results:
    """Read the runs that did not fail and compare them."""
    scored = [outcome.job for outcome in outcomes if outcome.failed is None]
    configurations = _configurations(folder, scored)
    metrics = next(iter(configurations.values())).summaries
    facts = next(iter(metrics.values()))["metrics"]
    asked = asked_of(set(configurations))
    planned = [_pair(one, configurations, facts) for _, some in asked for one in some]
    found = {Asked(c.ours, c.theirs, c.metric): c for c in contrasts(planned)}
    answers = [
        Answer(question, [found[one] for one in some if one in found]) for question, some in asked
    ]
    tuned = [name for name in configurations if name not in ("base", "ce")]
    explored = (
        [Asked(name, "ce", metric) for metric in facts for name in tuned]
        if "ce" in configurations
        else []
    )
    return Results(
        configurations=list(configurations.values()),
        metrics=facts,
        answers=answers,
        explored=contrasts([_pair(one, configurations, facts) for one in explored]),
        confounds=_confounds(configurations),
    )


def _configurations(folder: Path, jobs: Sequence[Job]) -> dict[str, Configuration]:
    found: dict[str, Configuration] = {}
    for job in jobs:
        run = folder / job.folder
        seed = "" if job.seed is None else str(job.seed)
        one = found.setdefault(job.configuration, Configuration(job.configuration, {}, {}, {}))
        one.runs[seed] = run
        one.summaries[seed] = read_summary(run)
        one.scores[seed] = read_scores(run)
    return _seeds_in_common(found)


def _seeds_in_common(found: dict[str, Configuration]) -> dict[str, Configuration]:
    """Keep the seeds that every tuned configuration has: where one failed, its seed pairs with
    nothing."""
    seeds = [set(one.runs) for one in found.values() if "" not in one.runs]
    common = set.intersection(*seeds) if seeds else set()

    def kept(by_seed: dict[str, Any]) -> dict[str, Any]:
        return {seed: value for seed, value in by_seed.items() if seed in common | {""}}

    return {
        name: Configuration(name, *(kept(part) for part in one[1:])) for name, one in found.items()
    }


def _pair(
    asked: Asked, configurations: dict[str, Configuration], facts: dict[str, dict[str, Any]]
) -> Pair:
    ours, theirs = configurations[asked.ours], configurations[asked.theirs]
    return Pair(
        metric=asked.metric,
        lower_is_better=facts[asked.metric]["lower_is_better"],
        ours=asked.ours,
        theirs=asked.theirs,
        our_runs={seed: scores[asked.metric] for seed, scores in ours.scores.items()},
        their_runs={seed: scores[asked.metric] for seed, scores in theirs.scores.items()},
    )


def _confounds(configurations: dict[str, Configuration]) -> dict[str, list[Confound]]:
    if "ce" not in configurations:
        return {}
    baseline = configurations["ce"].runs
    return {
        run.name: confounds(baseline[seed], run)
        for one in configurations.values()
        for seed, run in one.runs.items()
        if one.name not in ("base", "ce") and seed in baseline
    }


class Spent(NamedTuple):
    """What a job took, training told apart."""

    name: str
    steps: int
    tokens: int
    train_seconds: float
    other_seconds: float
    cpu_seconds: float
    peak_bytes: int


def spent(folder: Path, outcome: Outcome) -> Spent:
    """Add up what the runner measured and what the trainer recorded."""
    record = folder / outcome.job.folder / "adapter" / "cost.json"
    if not record.is_file():
        record = folder / outcome.job.folder / "merged" / "cost.json"
    trained = json.loads(record.read_text(encoding="utf-8")) if record.is_file() else {}
    seconds = {stage: cost.seconds for stage, cost in outcome.costs.items()}
    return Spent(
        name=outcome.job.name,
        steps=trained.get("steps", 0),
        tokens=trained.get("tokens", 0),
        train_seconds=seconds.pop("train", 0.0),
        other_seconds=sum(seconds.values()),
        cpu_seconds=sum(cost.cpu_seconds for cost in outcome.costs.values()),
        peak_bytes=max((cost.peak_bytes for cost in outcome.costs.values()), default=0),
    )
