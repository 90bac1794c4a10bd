"""Action and step edit distance: how far the order of the work is from gold's."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

from recipe_eval.metrics.base import Metric
from recipe_eval.reading.entities import Entities


class Edits(NamedTuple):
    """Edits that turn the prediction into gold, and the most there could have been."""

    edits: int
    most: int


def levenshtein(one: Sequence[Hashable], other: Sequence[Hashable]) -> int:
    """Return the fewest insertions, deletions and replacements that turn one into the other.

    >>> levenshtein("kitten", "sitting"), levenshtein("", "abc")
    (3, 3)
    """
    from rapidfuzz.distance import Levenshtein

    numbers: dict[Hashable, int] = {}  # rapidfuzz compares hashes, and numbers are their own
    return Levenshtein.distance(
        [numbers.setdefault(item, len(numbers)) for item in one],
        [numbers.setdefault(item, len(numbers)) for item in other],
    )


def distance(counts: Edits) -> float | None:
    """edits / most, within 0–1; None where neither side has anything.

    >>> distance(Edits(3, 7)), distance(Edits(0, 0))
    (0.42857142857142855, None)
    """
    return counts.edits / counts.most if counts.most else None


def count_edits(one: Sequence[Hashable], other: Sequence[Hashable]) -> Edits:
    """Count the edits between two sequences, against the longer one."""
    return Edits(levenshtein(one, other), max(len(one), len(other)))


def count_action_edits(gold: Entities, predicted: Entities) -> Edits:
    """Compare the two sequences of cooking verbs."""
    return count_edits(predicted.actions, gold.actions)


def count_step_edits(gold: Entities, predicted: Entities) -> Edits:
    """Compare the two sequences of steps, each a triple (actions, minutes, °C)."""
    return count_edits(
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
    reads=("actions",),
)

STEP_EDIT_DISTANCE = Metric(
    name="step_edit_distance",
    title="Step edit distance",
    count=count_step_edits,
    value=distance,
    rule="levenshtein:(actions,minutes,celsius)|divisor:longer",
    lower_is_better=True,
    reads=("actions", "durations", "temperatures"),
)
