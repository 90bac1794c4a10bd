"""Action and step edit distance: how far the order of the work is from gold's."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

from recipe_eval.entities import Entities
from recipe_eval.metrics.base import Metric


class Edits(NamedTuple):
    """Edits that turn the prediction into gold, and the most there could have been."""

    edits: int
    most: int


def levenshtein(one: Sequence[Hashable], other: Sequence[Hashable]) -> int:
    """Return the fewest insertions, deletions and replacements that turn one into the other.

    >>> levenshtein("kitten", "sitting"), levenshtein("", "abc")
    (3, 3)
    """
    row = list(range(len(other) + 1))
    for i, item in enumerate(one, 1):
        diagonal, row[0] = row[0], i
        for j, wanted in enumerate(other, 1):
            replaced = diagonal + (item != wanted)
            diagonal = row[j]
            row[j] = min(replaced, row[j] + 1, row[j - 1] + 1)
    return row[-1]


def distance(counts: Edits) -> float | None:
    """edits / most, within 0–1; None where neither side has anything.

    >>> distance(Edits(3, 7)), distance(Edits(0, 0))
    (0.42857142857142855, None)
    """
    return counts.edits / counts.most if counts.most else None


def _edits(one: Sequence[Hashable], other: Sequence[Hashable]) -> Edits:
    return Edits(levenshtein(one, other), max(len(one), len(other)))


def count_action_edits(gold: Entities, predicted: Entities) -> Edits:
    """Compare the two sequences of cooking verbs."""
    return _edits(predicted.actions, gold.actions)


def count_step_edits(gold: Entities, predicted: Entities) -> Edits:
    """Compare the two sequences of steps, each a triple (actions, minutes, °C)."""
    return _edits(
        [(step.actions, step.minutes, step.celsius) for step in predicted.steps],
        [(step.actions, step.minutes, step.celsius) for step in gold.steps],
    )


ACTION_EDIT_DISTANCE = Metric(
    name="action_edit_distance",
    title="Action edit distance",
    count=count_action_edits,
    value=distance,
    rule="levenshtein:actions|divisor:longer",
    lower_is_better=True,
)

STEP_EDIT_DISTANCE = Metric(
    name="step_edit_distance",
    title="Step edit distance",
    count=count_step_edits,
    value=distance,
    rule="levenshtein:(actions,minutes,celsius)|divisor:longer",
    lower_is_better=True,
)
