"""The one number of the `balanced` profile."""

from __future__ import annotations

from typing import Any

from recipe_eval.metrics.base import Metric, Summed, average
from recipe_eval.metrics.foods import INGREDIENT_F1
from recipe_eval.metrics.quantities import QUANTITY_F1
from recipe_eval.metrics.sequence import ACTION_F1, TEMPERATURE_F1, TIME_F1
from recipe_eval.reading.entities import Entities

PARTS: tuple[Metric[Any], ...] = (INGREDIENT_F1, QUANTITY_F1, ACTION_F1, TIME_F1, TEMPERATURE_F1)

HEADLINE = (
    f"Recipe F1 = (1 / k) Σ F1 over the k of {', '.join(part.title for part in PARTS)} that apply "
    "to a recipe: of which gold or the prediction has anything. F1 = 2 hits / (predicted + gold), "
    "so that what is left out and what is made up both cost."
)
"""The formula, for who reads the number."""


def mean_f1(gold: Entities, predicted: Entities) -> Summed:
    """Mean of the F1 of ingredients, quantities, actions, times and temperatures.

    Recipe F1 = (1 / k) Σ F1, over those k of the five that apply: of which gold or the prediction
    has anything. What is left out, and what is made up, counts 0.
    """
    values = [part.value(part.count(gold, predicted)) for part in PARTS]
    known = [value for value in values if value is not None]
    return Summed(sum(known) / len(known), 1) if known else Summed(0.0, 0)


RECIPE_F1 = Metric(
    name="recipe_f1",
    title="Recipe F1",
    count=mean_f1,
    value=average,
    rule=f"mean:{'+'.join(part.name for part in PARTS)}|of:those-that-apply",
    group="balanced",
    reads=("ingredient names", "all amounts", "actions", "durations", "temperatures"),
)
