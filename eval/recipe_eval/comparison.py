"""Scored runs side by side: means, what is best, and differences recipe by recipe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from recipe_data.errors import TopochefError
from recipe_data.files import read_manifest
from recipe_eval.judging import Judged
from recipe_eval.score import read_judged, read_scores, read_summary
from recipe_eval.statistics import Mean, mean_difference


@dataclass(frozen=True)
class Run:
    """What the files of a scored run say."""

    name: str
    folder: Path
    summary: dict[str, Any]
    scores: dict[str, dict[str, float | None]]
    """Value by metric and recipe id."""
    judged: dict[str, Judged]
    """Entities by recipe id."""
    manifest: dict[str, Any]
    tuned: bool
    """Whether an adapter was trained in this run."""

    @property
    def failed(self) -> int:
        """How many generations failed."""
        return sum(len(ids) for ids in self.summary["failures"].values())


class Cell(NamedTuple):
    """One metric of one run."""

    mean: Mean | None
    """None where the metric applies to no recipe."""
    pooled: float | None
    best: bool
    gain: Mean | None
    """Improvement over the baseline, recipe by recipe: above 0 is better, whatever the metric."""
    signature: str


class Row(NamedTuple):
    """One metric of all runs."""

    name: str
    title: str
    lower_is_better: bool
    cells: tuple[Cell, ...]
    """In the order of the runs."""


class Comparison(NamedTuple):
    """All metrics of all runs."""

    runs: tuple[Run, ...]
    baseline: Run
    """What gains are measured against."""
    rows: tuple[Row, ...]

    @property
    def others(self) -> tuple[tuple[int, Run], ...]:
        """The runs that are compared with the baseline, with their column."""
        return tuple((i, run) for i, run in enumerate(self.runs) if run is not self.baseline)


def load_run(folder: Path) -> Run:
    """Read a scored run; raises `TopochefError` if it is not scored."""
    return Run(
        name=folder.name or folder.resolve().name,
        folder=folder,
        summary=read_summary(folder),
        scores=read_scores(folder),
        judged=read_judged(folder),
        manifest=read_manifest(folder),
        tuned=(folder / "adapter").is_dir(),
    )


def compare(runs: Sequence[Run], baseline: str | None = None) -> Comparison:
    """Compare runs with the baseline: the run of that name, or the first that was tuned.

    Raises `TopochefError` if the runs were not asked for the same recipes or were scored by
    different rules: their numbers would stand side by side and mean different things.
    """
    _refuse_unlike(runs)
    chosen = _baseline(runs, baseline)
    names = list(runs[0].summary["metrics"])
    return Comparison(tuple(runs), chosen, tuple(_row(name, runs, chosen) for name in names))


def _refuse_unlike(runs: Sequence[Run]) -> None:
    first = runs[0]
    for run in runs[1:]:
        if run.name in {other.name for other in runs if other is not run}:
            raise TopochefError(f"two runs are called {run.name}: rename one folder")
        if set(run.judged) != set(first.judged):
            raise TopochefError(
                f"{first.folder} ({len(first.judged)} recipes) and {run.folder} "
                f"({len(run.judged)}) answer different test titles: generate both with the same "
                "--data and --limit"
            )
        if run.summary["profile"] != first.summary["profile"]:
            raise TopochefError(
                f"{first.folder} and {run.folder} are scored by different profiles: "
                "score both with the same --profile"
            )


def _baseline(runs: Sequence[Run], name: str | None) -> Run:
    if name is None:
        return next((run for run in runs if run.tuned), runs[0])
    for run in runs:
        if run.name == name:
            return run
    raise TopochefError(f"--baseline {name}: choose one of {', '.join(r.name for r in runs)}")


def _row(name: str, runs: Sequence[Run], baseline: Run) -> Row:
    facts = [run.summary["metrics"][name] for run in runs]
    lower_is_better = facts[0]["lower_is_better"]
    means = [one["mean"] for one in facts if one["mean"] is not None]
    best = (min if lower_is_better else max)(means, default=None)
    cells = (
        Cell(
            mean=Mean(*(one[field] for field in Mean._fields)) if one["n"] else None,
            pooled=one["pooled"],
            best=one["mean"] is not None and one["mean"] == best,
            gain=None if run is baseline else _gain(run, baseline, name, lower_is_better),
            signature=one["signature"],
        )
        for run, one in zip(runs, facts, strict=True)
    )
    return Row(name, facts[0]["title"], lower_is_better, tuple(cells))


def _gain(run: Run, baseline: Run, metric: str, lower_is_better: bool) -> Mean | None:
    ours, theirs = run.scores[metric], baseline.scores[metric]
    return mean_difference(theirs, ours) if lower_is_better else mean_difference(ours, theirs)
