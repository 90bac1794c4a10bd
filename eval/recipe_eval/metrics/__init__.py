"""The metrics, one family a file, gathered into profiles."""

from __future__ import annotations

from typing import Any

from recipe_eval.metrics.base import Metric
from recipe_eval.metrics.distances import ACTION_EDIT_DISTANCE, STEP_EDIT_DISTANCE
from recipe_eval.metrics.ingredients import INGREDIENT_RECALL, QUANTITY_PRECISION
from recipe_eval.metrics.steps import ACTION_PRECISION, TEMPERATURE_PRECISION, TIME_PRECISION
from recipe_eval.metrics.wording import BLEU, ROUGE1

PROFILES: dict[str, tuple[Metric[Any], ...]] = {
    "strict": (
        INGREDIENT_RECALL,
        QUANTITY_PRECISION,
        ACTION_PRECISION,
        TIME_PRECISION,
        TEMPERATURE_PRECISION,
        ACTION_EDIT_DISTANCE,
        STEP_EDIT_DISTANCE,
        BLEU,
        ROUGE1,
    ),
}
"""Every way of judging a recipe: `strict` counts only what a rule can check."""
