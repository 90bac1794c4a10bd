"""What a report says first: does it beat copying, a constant, no tuning, and what did it cost?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from recipe_base.runs import Run as RunFolder
from recipe_eval.comparing.comparison import Comparison, Row
from recipe_eval.comparing.contrasts import Contrast
from recipe_eval.comparing.floors import mean_of_floor, standing
from recipe_eval.comparing.formats import fine
from recipe_eval.comparing.runs import Configuration

_COPY, _CONSTANT = "nearest-title", "constant-"
_HEADLINES = ("recipe_f1", "ingredient_recall")
"""What is told by, the first that the runs are scored by."""


def opening(comparisons: Sequence[Comparison]) -> list[str]:
    """Return a sentence for each question, by the headline of the first profile that has one."""
    told = next((found for name in _HEADLINES if (found := _told_by(comparisons, name))), None)
    if told is None:
        return list(_cost(comparisons[0]))
    comparison, row = told
    return [
        *_over("Copying", [one for one in comparison.floors if one.name == _COPY], comparison, row),
        *_over(
            "A constant",
            [one for one in comparison.floors if one.name.startswith(_CONSTANT)],
            comparison,
            row,
        ),
        *_tuning(comparison, row),
        *_cost(comparison),
    ]


def _told_by(comparisons: Sequence[Comparison], metric: str) -> tuple[Comparison, Row] | None:
    found = ((one, row) for one in comparisons for row in one.rows if row.name == metric)
    return next(found, None)


def _over(
    what: str, floors: Sequence[Configuration], comparison: Comparison, row: Row
) -> Iterator[str]:
    """Say which models beat the best of some floors, and which are not shown to."""
    known = [(mean.mean, one) for one in floors if (mean := mean_of_floor(one, row.name))]
    if not known:
        return
    highest, floor = max(known, key=lambda pair: pair[0])
    beats: dict[bool, list[str]] = {True: [], False: []}
    for one in comparison.configurations:
        if (found := standing(one, floor, row.name)) is not None:
            gain = f"{one.name} ({found.gain:+.3f}, at least {found.least:+.3f})"
            beats[found.beats].append(gain)
    verdicts = [
        f"{word} {', '.join(names)}"
        for word, names in (("beaten by", beats[True]), ("not shown to be beaten by", beats[False]))
        if names
    ]
    title = row.facts["title"]
    yield f"{what} ({floor.name}, {title} {highest:.3f}): {'; '.join(verdicts)}."


def _tuning(comparison: Comparison, row: Row) -> Iterator[str]:
    """Say what tuning did, where the baseline was tuned and an untuned model stands beside it."""
    if not comparison.baseline.first.tuned:
        return
    for column, one in comparison.others:
        contrast = row.cells[column].contrast
        if not one.first.tuned and contrast is not None:
            yield (
                f"Tuning: {row.facts['title']} of {one.name} − {comparison.baseline.name} is "
                f"{fine(contrast)}; the tuned one is {_verdict_on_tuned(contrast)}."
            )


def _verdict_on_tuned(untuned_less_tuned: Contrast) -> str:
    if untuned_less_tuned.verdict == "not shown":
        return "not shown to differ"
    better = "better" if untuned_less_tuned.gain < 0 else "worse"
    once = untuned_less_tuned.verdict == "one run"
    return f"{better} on other titles too, in one run of it" if once else better


def _cost(comparison: Comparison) -> Iterator[str]:
    """Say what the training of each configuration took, a run of it."""
    for one in comparison.configurations:
        if (cost := RunFolder(one.first.folder).cost) is not None:
            yield (
                f"Training {one.name} took {cost['seconds']:,.0f} s for {cost['steps']:,} steps of "
                f"{cost['tokens']:,} tokens in all, and {cost['peak_bytes'] / 1e6:,.0f} MB, "
                f"a run, on {cost['device']}."
            )
