"""What the likeliest token each time would have written: the drawn recipes beside greedy ones."""

from __future__ import annotations

from typing import NamedTuple

from recipe_base.runs import Run as RunFolder
from recipe_data.sampling import Sampler
from recipe_eval.comparing.runs import Run, load_run
from recipe_eval.metrics.base import MAIN
from recipe_eval.statistics.means import Mean, mean_difference, mean_of


class Line(NamedTuple):
    """One metric, on the titles that were decoded both ways."""

    title: str
    lower_is_better: bool
    drawn: Mean | None
    greedy: Mean | None
    difference: Mean | None
    """Drawn - greedy, paired by title."""


class Beside(NamedTuple):
    """One run."""

    run: str
    sampler: str
    titles: int
    valid: tuple[int, int]
    """Of the drawn recipes and of the greedy ones."""
    lines: tuple[Line, ...]


def read_beside(run: Run) -> Beside | None:
    """Compare a run with its greedy predictions; None where `recipe-eval generate` made none.

    Raises `TopochefError` if those are not scored.
    """
    folder = RunFolder(run.folder).greedy
    if not folder.predictions.there():
        return None
    greedy = load_run(folder.folder, run.profile)
    asked = next(iter(greedy.scores.values())).keys()
    failed = {id_ for ids in run.summary["failures"].values() for id_ in ids}
    return Beside(
        run=run.name,
        sampler=str(Sampler.from_dict(run.manifest.get("generate", {}).get("inputs", {}))),
        titles=len(asked),
        valid=(len(asked - failed), len(asked) - greedy.failed),
        lines=tuple(
            _line(run, greedy, name)
            for name, facts in run.summary["metrics"].items()
            if facts["group"] in MAIN and name in greedy.scores
        ),
    )


def _line(run: Run, greedy: Run, name: str) -> Line:
    facts = run.summary["metrics"][name]
    theirs = dict(greedy.scores[name])
    ours = {id_: value for id_, value in run.scores[name].items() if id_ in theirs}
    drawn, likeliest = (
        mean_of([value for value in one.values() if value is not None]) for one in (ours, theirs)
    )
    difference = mean_difference(ours, theirs)
    return Line(facts["title"], facts["lower_is_better"], drawn, likeliest, difference)
