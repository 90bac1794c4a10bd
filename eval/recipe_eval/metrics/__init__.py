"""The metrics, one family a file, gathered into profiles."""

from __future__ import annotations

from typing import Any

from recipe_eval.metrics.balanced import balanced_metrics
from recipe_eval.metrics.base import Metric
from recipe_eval.metrics.bleu_rouge import bleu_metrics, rouge_metrics
from recipe_eval.metrics.cookability import COOKABILITY
from recipe_eval.metrics.distances import ACTION_EDIT_DISTANCE, STEP_EDIT_DISTANCE
from recipe_eval.metrics.ingredients import INGREDIENT_RECALL, QUANTITY_PRECISION
from recipe_eval.metrics.steps import ACTION_PRECISION, TEMPERATURE_PRECISION, TIME_PRECISION
from recipe_eval.metrics.thesis import thesis_metrics

PROFILES: dict[str, tuple[Metric[Any], ...]] = {
    "strict": (
        INGREDIENT_RECALL,
        QUANTITY_PRECISION,
        ACTION_PRECISION,
        TIME_PRECISION,
        TEMPERATURE_PRECISION,
        ACTION_EDIT_DISTANCE,
        STEP_EDIT_DISTANCE,
        *bleu_metrics(smoothed=True),
        *rouge_metrics(stemmed=True),
        *COOKABILITY,
    ),
    "balanced": balanced_metrics(),
    "thesis": thesis_metrics(),
}
"""Every way of judging a recipe: `strict` counts only what a rule can check, `balanced` what no
one-sided answer wins, `thesis` as published. A scored run's `balanced` knows the training split.

BERTScore belongs to both, and is made by `recipe_eval.metrics.bertscore` because it needs a model.
"""
