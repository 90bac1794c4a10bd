"""Runs side by side on the questions: against the baseline, and against the best floor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.errors import TopochefError
from recipe_base.files import to_json
from recipe_base.runs import Run as RunFolder
from recipe_eval.comparing.comparison import Comparison, Row, compare
from recipe_eval.comparing.confounds import Confound
from recipe_eval.comparing.contrasts import Contrast, Pair, Scores, contrasts, seed_of
from recipe_eval.comparing.runs import Configuration, Run
from recipe_eval.generating.predictions import asked_of
from recipe_eval.questions.score import NUMBERS, PROFILE, read_values

_OF_THE_MODEL = frozenset({"gguf", "gguf_sha256", "model", "model_sha256", "seed"})


class Line(NamedTuple):
    """One measure of all configurations."""

    row: Row
    """Means, and contrasts with the baseline."""
    floor: str | None
    """The name of the best floor; None where there is none."""
    floor_mean: float | None
    standings: tuple[Contrast | None, ...]
    """Each configuration - the best floor, uncorrected; None of fewer than two questions."""

    def sunk(self, column: int) -> bool:
        """Tell whether a configuration is not shown to beat the floor.

        That is: the 95 % interval of the difference is not above 0 where more is better.
        """
        standing = self.standings[column]
        if standing is None:
            return self.floor is not None
        low, high = standing.effect.low, standing.effect.high
        return not (high < 0 if standing.lower_is_better else low > 0)


class Group(NamedTuple):
    """The questions of one task, or those of it that were asked by hand."""

    title: str
    asked: int
    failed: tuple[int, ...]
    """Failed answers of each configuration, over all seeds."""
    lines: tuple[Line, ...]


class Answers(NamedTuple):
    """All that the answers of some runs say of each other."""

    comparison: Comparison
    groups: tuple[Group, ...]
    confounds: dict[str, list[Confound]]
    """By run: how it was asked otherwise than the baseline."""
    without: tuple[str, ...]
    """Runs that were not asked."""

    def contrasts(self, column: int) -> list[tuple[Group, Row, Contrast]]:
        """Return what could be compared of a configuration with the baseline, group by group."""
        return [
            (group, line.row, contrast)
            for group in self.groups
            for line in group.lines
            if (contrast := line.row.cells[column].contrast) is not None
        ]


def compare_answers(folders: Sequence[Path], baseline: str | None = None) -> Answers | None:
    """Compare the runs that have scores of their answers; None where none has.

    The contrasts are a family of their own under Holm's correction. `baseline` is as in
    `recipe_eval.comparing.comparison.compare`; one that was not asked is replaced by the default.
    Raises `TopochefError` where runs were asked different questions.
    """
    asked = [folder for folder in folders if RunFolder(folder).questions.summary.there()]
    if not asked:
        return None
    floors: dict[str, dict[str, Scores]] = {}
    runs = []
    for folder in asked:
        scores, beside = read_values(RunFolder(folder).questions)
        summary = RunFolder(folder).questions.summary.read()
        name = folder.name or folder.resolve().name
        runs.append(Run(name, folder, PROFILE, summary, scores))
        floors = floors or beside
    names = {name for run in runs for name in (run.name, seed_of(run.name)[0])}
    try:
        (found,) = compare([runs], baseline if baseline in names else None)
    except TopochefError as error:
        raise TopochefError(
            f"answers to questions: {error}; a run without its folder `questions` is left out"
        ) from error
    return Answers(
        found,
        tuple(_groups(found, floors)),
        _confounds(found),
        tuple(RunFolder(folder).name for folder in folders if folder not in asked),
    )


def _groups(found: Comparison, floors: Mapping[str, Mapping[str, Scores]]) -> list[Group]:
    facts: dict[str, dict[str, int]] = found.baseline.first.summary["groups"]
    return [
        Group(
            title_of(name),
            one["asked"],
            tuple(_failed(each, name) for each in found.configurations),
            tuple(
                _line(row, found.configurations, floors.get(row.name, {}))
                for row in found.rows
                if row.facts["group"] == name
            ),
        )
        for name, one in facts.items()
    ]


def title_of(group: str) -> str:
    """Return the heading of a group.

    >>> title_of("time"), title_of("missing_ingredient.curated"), title_of(NUMBERS)
    ('Time', 'Missing ingredient, asked by hand', 'All numbers')
    """
    task, _, curated = group.partition(".")
    title = "All numbers" if task == NUMBERS else task.replace("_", " ").capitalize()
    return f"{title}, asked by hand" if curated else title


def _failed(one: Configuration, group: str) -> int:
    return sum(run.summary["groups"][group]["failed"] for run in one.runs.values())


def _line(row: Row, configurations: Sequence[Configuration], floors: Mapping[str, Scores]) -> Line:
    means: dict[str, float] = row.facts["floors"]
    sign = -1 if row.facts["lower_is_better"] else 1
    best = max(means, key=lambda floor: sign * means[floor], default=None)
    standings = tuple(
        _standing(row, one, best, floors[best]) if best is not None else None
        for one in configurations
    )
    return Line(row, best, None if best is None else means[best], standings)


def _standing(row: Row, one: Configuration, floor: str, values: Scores) -> Contrast | None:
    ours = {seed: run.scores[row.name] for seed, run in one.runs.items()}
    pair = Pair(row.name, row.facts["lower_is_better"], one.name, floor, ours, {"": values})
    return next(iter(contrasts([pair])), None)


def _confounds(found: Comparison) -> dict[str, list[Confound]]:
    """Return, by run, which settings of asking differ from the baseline's run of the same seed."""
    differing = {}
    for one in found.configurations:
        for seed, run in one.runs.items():
            theirs = found.baseline.runs.get(seed, found.baseline.first)
            mine, other = (asked_of(RunFolder(each.folder).questions) for each in (run, theirs))
            if some := [
                Confound(f"questions.{key}", (_text(other.get(key)), _text(mine.get(key))))
                for key in sorted({*mine, *other} - _OF_THE_MODEL)
                if mine.get(key) != other.get(key)
            ]:
                differing[run.name] = some
    return differing


def _text(value: Any) -> str:
    return "–" if value is None else value if isinstance(value, str) else to_json(value)
