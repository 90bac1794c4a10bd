"""Actions, times and temperatures of the work in its order: F1 of the longest common sequence."""

from __future__ import annotations

from functools import partial

from recipe_eval.metrics.base import Metric, Overlap, f1
from recipe_eval.metrics.matching import in_order
from recipe_eval.metrics.steps import STEP_TOLERANCE, temperature_right, time_right
from recipe_eval.reading.entities import Entities


def count_actions(gold: Entities, predicted: Entities) -> Overlap:
    """Count the cooking verbs of the longest sequence that both have, and the verbs of each."""
    from rapidfuzz.distance import LCSseq

    numbers: dict[str, int] = {}  # rapidfuzz compares hashes, and numbers are their own
    one, other = (
        [numbers.setdefault(action, len(numbers)) for action in recipe.actions]
        for recipe in (predicted, gold)
    )
    return Overlap(LCSseq.similarity(one, other), len(one), len(other))


def count_times(gold: Entities, predicted: Entities) -> Overlap:
    """Count the timed steps of both in order: a common action, minutes within 15 %."""
    written = [step for step in predicted.steps if step.minutes is not None]
    wanted = [step for step in gold.steps if step.minutes is not None]
    return Overlap(in_order(written, wanted, time_right), len(written), len(wanted))


def count_temperatures(gold: Entities, predicted: Entities) -> Overlap:
    """Count the steps with degrees of both in order: a common action, °C within 15 %."""
    written = [step for step in predicted.steps if step.celsius is not None]
    wanted = [step for step in gold.steps if step.celsius is not None]
    return Overlap(in_order(written, wanted, temperature_right), len(written), len(wanted))


_balanced = partial(Metric, value=f1, group="balanced")
_steps = f"steps:share-an-action|match:in-order|tolerance:{STEP_TOLERANCE:g}|f1"

ACTION_F1 = _balanced(
    name="action_f1",
    title="Action F1",
    count=count_actions,
    rule="actions:lemma|match:longest-common-sequence|f1",
    reads=("actions",),
)
TIME_F1 = _balanced(
    name="time_f1",
    title="Time F1",
    count=count_times,
    rule=_steps,
    pooled=True,
    reads=("actions", "durations"),
)
TEMPERATURE_F1 = _balanced(
    name="temperature_f1",
    title="Temperature F1",
    count=count_temperatures,
    rule=_steps,
    pooled=True,
    reads=("actions", "temperatures"),
)
