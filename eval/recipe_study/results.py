"""The scored runs of a study, and what they answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.runs import Run
from recipe_eval.comparing.confounds import Confound
from recipe_eval.comparing.contrasts import Contrast, Pair, contrasts
from recipe_eval.comparing.runs import Configuration, differing, load_run, pair_of
from recipe_study.gold import Gold, read_gold
from recipe_study.means import Means, read_means
from recipe_study.plan import FLOORS_JOB, Job
from recipe_study.questions import Asked, Question, asked_of
from recipe_study.runner import Outcome


class Answer(NamedTuple):
    """A question with its contrasts, corrected together with those of all other questions."""

    question: Question
    contrasts: list[Contrast]


class Results(NamedTuple):
    """What a study found."""

    configurations: list[Configuration]
    metrics: dict[str, dict[str, Any]]
    """Title and direction by name."""
    means: list[Means]
    """Of every profile that all runs were scored by, floors beside them."""
    answers: list[Answer]
    explored: list[Contrast]
    """Every configuration against cross-entropy on every metric, corrected as a family of its own:
    nobody asked beforehand."""
    gold: Gold | None
    """How likely the held-out recipes are; a family of its own too."""
    confounds: dict[str, list[Confound]]
    """By run: what differs from the cross-entropy run of the same seed beside the loss; runs that
    differ in nothing are left out."""

    @property
    def labelled(self) -> list[tuple[str, Contrast]]:
        """What was explored, each with configuration and metric."""
        arrow = {
            name: " ↓" if facts["lower_is_better"] else "" for name, facts in self.metrics.items()
        }
        return [
            (f"{one.ours}: {self.metrics[one.metric]['title']}{arrow[one.metric]}", one)
            for one in self.explored
        ]


def read_results(folder: Path, outcomes: Sequence[Outcome]) -> Results:
    """Read the runs that did not fail and compare them."""
    done = [outcome.job for outcome in outcomes if outcome.failed is None]
    scored = [job for job in done if job.configuration != FLOORS_JOB]
    floors = [folder / job.folder for job in done if job.configuration == FLOORS_JOB]
    configurations = _configurations(folder, scored)
    facts = next(iter(configurations.values())).first.summary["metrics"]
    asked = asked_of(set(configurations))
    planned = [_pair(one, configurations) for _, some in asked for one in some]
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
        means=read_means(list(configurations.values()), floors),
        answers=answers,
        explored=contrasts([_pair(one, configurations) for one in explored]),
        gold=read_gold(configurations),
        confounds=_confounds(configurations),
    )


def _configurations(folder: Path, jobs: Sequence[Job]) -> dict[str, Configuration]:
    found: dict[str, Configuration] = {}
    for job in jobs:
        seed = "" if job.seed is None else str(job.seed)
        one = found.setdefault(job.configuration, Configuration(job.configuration, {}))
        one.runs[seed] = load_run(folder / job.folder)
    return seeds_in_common(found)


def seeds_in_common(found: dict[str, Configuration]) -> dict[str, Configuration]:
    """Keep the seeds that every tuned configuration has: where one failed, its seed pairs with
    nothing."""
    seeds = [set(one.runs) for one in found.values() if "" not in one.runs]
    common = {"", *(set.intersection(*seeds) if seeds else ())}
    return {
        name: Configuration(name, {s: run for s, run in one.runs.items() if s in common})
        for name, one in found.items()
    }


def _pair(asked: Asked, configurations: dict[str, Configuration]) -> Pair:
    return pair_of(configurations[asked.ours], configurations[asked.theirs], asked.metric)


def _confounds(configurations: dict[str, Configuration]) -> dict[str, list[Confound]]:
    if "ce" not in configurations:
        return {}
    tuned = [one for name, one in configurations.items() if name != "base"]
    return differing(tuned, configurations["ce"])


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
    trained = Run(folder / outcome.job.folder).cost or {}
    seconds = {stage: cost.seconds for stage, cost in outcome.costs.items()}
    return Spent(
        name=outcome.job.name,
        steps=trained.get("steps", 0),
        tokens=trained.get("tokens", 0),
        train_seconds=seconds.pop("train", 0.0) + seconds.pop("pretrain", 0.0),
        other_seconds=sum(seconds.values()),
        cpu_seconds=sum(cost.cpu_seconds for cost in outcome.costs.values()),
        peak_bytes=max((cost.peak_bytes for cost in outcome.costs.values()), default=0),
    )
