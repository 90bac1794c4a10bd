"""Action, time and temperature precision."""

from __future__ import annotations

from collections import Counter

from recipe_data.schema import Instruction
from recipe_eval.metrics.base import Metric, Share, precision_items, share
from recipe_eval.metrics.matching import match, middle, within
from recipe_eval.reading.entities import Entities

STEP_TOLERANCE = 0.15


def count_actions(gold: Entities, predicted: Entities) -> Share:
    """Count the predicted cooking verbs that gold has: |predicted ∩ gold| of |predicted|.

    The intersection is one of multisets, of lemmas, over the whole recipe: a verb that is
    written three times where gold has it once is right once. Order is for the distances.
    """
    hits = sum((Counter(predicted.actions) & Counter(gold.actions)).values())
    return Share(hits, precision_items(len(predicted.actions), len(gold.actions)))


def _same_work(predicted: Instruction, gold: Instruction) -> bool:
    return not set(predicted.actions).isdisjoint(gold.actions)


def time_right(predicted: Instruction, gold: Instruction) -> bool:
    """Tell whether two steps share an action and their minutes agree within 15 %.

    >>> gold = Instruction("Boil for 10 to 12 minutes.", ("boil",), 10, 12)
    >>> time_right(Instruction("Boil 9 minutes.", ("boil",), 9), gold)
    True
    >>> time_right(Instruction("Bake 9 minutes.", ("bake",), 9), gold)
    False
    """
    if predicted.minutes is None or gold.minutes is None:
        return False
    minutes = middle(predicted.minutes, predicted.minutes_max)
    close = within(minutes, gold.minutes, gold.minutes_max, STEP_TOLERANCE)
    return close and _same_work(predicted, gold)


def temperature_right(predicted: Instruction, gold: Instruction) -> bool:
    """Tell whether two steps share an action and their degrees Celsius agree within 15 %."""
    if predicted.celsius is None or gold.celsius is None:
        return False
    close = within(predicted.celsius, gold.celsius, None, STEP_TOLERANCE)
    return close and _same_work(predicted, gold)


def count_times(gold: Entities, predicted: Entities) -> Share:
    """Count the predicted durations that are right, of all durations predicted."""
    written = [step for step in predicted.steps if step.minutes is not None]
    wanted = [step for step in gold.steps if step.minutes is not None]
    hits = len(match(written, wanted, time_right))
    return Share(hits, precision_items(len(written), len(wanted)))


def count_temperatures(gold: Entities, predicted: Entities) -> Share:
    """Count the predicted temperatures that are right, of all temperatures predicted."""
    written = [step for step in predicted.steps if step.celsius is not None]
    wanted = [step for step in gold.steps if step.celsius is not None]
    hits = len(match(written, wanted, temperature_right))
    return Share(hits, precision_items(len(written), len(wanted)))


ACTION_PRECISION = Metric(
    name="action_precision",
    title="Action precision",
    count=count_actions,
    value=share,
    rule="actions:lemma|match:multiset",
    reads=("actions",),
)

TIME_PRECISION = Metric(
    name="time_precision",
    title="Time precision",
    count=count_times,
    value=share,
    rule=f"steps:share-an-action|match:one-to-one|tolerance:{STEP_TOLERANCE:g}",
    reads=("actions", "durations"),
)

TEMPERATURE_PRECISION = Metric(
    name="temperature_precision",
    title="Temperature precision",
    count=count_temperatures,
    value=share,
    rule=f"steps:share-an-action|match:one-to-one|tolerance:{STEP_TOLERANCE:g}",
    reads=("actions", "temperatures"),
)
