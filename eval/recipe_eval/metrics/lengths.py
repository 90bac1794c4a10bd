"""How long list and steps are, against gold's."""

from __future__ import annotations

from functools import partial

from recipe_eval.metrics.base import Metric, Share, share
from recipe_eval.reading.entities import Entities


def compare_lists(gold: Entities, predicted: Entities) -> Share:
    """Compare the lengths of the lists: the shorter of the longer, whichever is gold's."""
    return _shorter_of_longer(len(gold.ingredients), len(predicted.ingredients))


def compare_steps(gold: Entities, predicted: Entities) -> Share:
    """Compare the numbers of steps in the same way."""
    return _shorter_of_longer(len(gold.steps), len(predicted.steps))


def _shorter_of_longer(*lengths: int) -> Share:
    return Share(min(lengths), max(lengths))


_length = partial(Metric, value=share, rule="shorter-of-longer", group="balanced")

LIST_LENGTH = _length(
    name="list_length", title="List length against gold", count=compare_lists, part="ingredients"
)
STEP_COUNT = _length(name="step_count", title="Step count against gold", count=compare_steps)
