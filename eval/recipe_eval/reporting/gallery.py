"""Generated recipes with their hits and misses, ready to be shown beside gold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from recipe_data.instructions import places
from recipe_data.schema import Instruction
from recipe_eval.comparing.comparison import Comparison
from recipe_eval.comparing.runs import Run
from recipe_eval.metrics.ingredients import amount_right, named_alike
from recipe_eval.metrics.matching import match
from recipe_eval.metrics.steps import temperature_right, time_right
from recipe_eval.reading.entities import Entities
from recipe_eval.scoring.judging import Judged

Mark = Literal["hit", "near", "miss", "plain"]
_RECALL = "ingredient_recall"


class Fragment(NamedTuple):
    """A stretch of text and what it is worth."""

    text: str
    mark: Mark


class Line(NamedTuple):
    """An ingredient: `hit` name and amount right, `near` name right, `miss` not in gold."""

    text: str
    mark: Mark


class Column(NamedTuple):
    """One recipe as one column of the gallery."""

    heading: str
    status: str
    lines: tuple[Line, ...]
    forgotten: tuple[str, ...]
    """Gold's ingredients that were not named."""
    steps: tuple[tuple[Fragment, ...], ...]
    recall: float | None
    floor: bool = False


class Sample(NamedTuple):
    """One title: gold, then every model, then every floor."""

    title: str
    columns: tuple[Column, ...]


def choose_samples(comparison: Comparison, count: int) -> list[Sample]:
    """Choose titles evenly from the best to the worst of the last configuration, by recall.

    A configuration is shown by its first run.
    """
    runs = [one.first for one in comparison.configurations]
    floors = [one.first for one in comparison.floors]
    recall = runs[-1].scores[_RECALL]
    ids = sorted(recall, key=lambda name: (-(recall[name] or 0.0), name))
    step = max(1.0, (len(ids) - 1) / max(1, count - 1))
    chosen = [ids[round(i * step)] for i in range(min(count, len(ids)))]
    return [_sample([*runs, *floors], name) for name in chosen]


def _sample(runs: Sequence[Run], name: str) -> Sample:
    gold = runs[0].judged[name].gold
    cooked = (
        _column(run.name, run.judged[name], run.scores[_RECALL][name])._replace(floor=run.is_floor)
        for run in runs
    )
    plain = tuple((Fragment(step.text, "plain"),) for step in gold.steps)
    lines = tuple(Line(line, "plain") for line in gold.lines)
    ours = Column("gold", "ok", lines, (), plain, None)
    return Sample(runs[0].judged[name].title, (ours, *cooked))


def _column(heading: str, judged: Judged, recall: float | None) -> Column:
    if judged.predicted is None:
        return Column(heading, judged.status, (), (), (), recall)
    return Column(
        heading,
        judged.status,
        *mark_ingredients(judged.predicted, judged.gold),
        tuple(_mark_steps(judged.predicted.steps, judged.gold.steps)),
        recall,
    )


def mark_ingredients(
    predicted: Entities, gold: Entities
) -> tuple[tuple[Line, ...], tuple[str, ...]]:
    """Return the ingredients with their marks, and gold's that were not named."""
    named = match(predicted.ingredients, gold.ingredients, named_alike)
    measured = match(predicted.ingredients, gold.ingredients, amount_right)
    lines = []
    for i, line in enumerate(predicted.lines):
        unmeasured = i in named and gold.ingredients[named[i]].quantity is None
        mark: Mark = "hit" if i in measured or unmeasured else "near" if i in named else "miss"
        lines.append(Line(line, mark))
    recalled = set(named.values())
    forgotten = (item.name for g, item in enumerate(gold.ingredients) if g not in recalled)
    return tuple(lines), tuple(forgotten)


def _mark_steps(
    predicted: Sequence[Instruction], gold: Sequence[Instruction]
) -> Iterator[tuple[Fragment, ...]]:
    left: Counter[str | None] = Counter(action for step in gold for action in step.actions)
    timed = match(predicted, gold, time_right)
    heated = match(predicted, gold, temperature_right)
    for i, step in enumerate(predicted):
        marks: list[tuple[int, int, Mark]] = []
        for found in places(step):
            if found.kind == "action":
                right = left[found.lemma] > 0
                left[found.lemma] -= 1
            elif found.kind != "keeping" and found.value is not None:
                right = i in (timed if found.kind == "time" else heated)
            else:
                continue
            marks.append((found.start, found.end, "hit" if right else "miss"))
        yield tuple(_fragments(step.text, marks))


def _fragments(text: str, marks: Iterable[tuple[int, int, Mark]]) -> Iterator[Fragment]:
    position = 0
    for start, end, mark in marks:
        if start < position:
            continue
        if start > position:
            yield Fragment(text[position:start], "plain")
        yield Fragment(text[start:end], mark)
        position = end
    if position < len(text):
        yield Fragment(text[position:], "plain")
