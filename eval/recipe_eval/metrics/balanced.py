"""The `balanced` profile: metrics that neither saying everything nor saying nothing wins."""

from __future__ import annotations

from typing import Any

from recipe_eval.metrics.base import Metric
from recipe_eval.metrics.cookable import cookable
from recipe_eval.metrics.foods import (
    INGREDIENT_F1,
    INGREDIENT_PRECISION,
    INGREDIENT_RECALL,
    LISTED_TWICE,
    rare_recall,
    title_fidelity,
)
from recipe_eval.metrics.headline import RECIPE_F1
from recipe_eval.metrics.lengths import LIST_LENGTH, STEP_COUNT
from recipe_eval.metrics.quantities import QUANTITIES_WITHIN, QUANTITY_F1
from recipe_eval.metrics.sequence import ACTION_F1, TEMPERATURE_F1, TIME_F1
from recipe_eval.reading.corpus import NO_CORPUS, Corpus


def balanced_metrics(corpus: Corpus = NO_CORPUS) -> tuple[Metric[Any], ...]:
    """Return the profile; `corpus` says which foods are common and how long recipes are."""
    return (
        RECIPE_F1,
        INGREDIENT_PRECISION,
        INGREDIENT_RECALL,
        INGREDIENT_F1,
        rare_recall(corpus),
        QUANTITY_F1,
        *QUANTITIES_WITHIN,
        ACTION_F1,
        TIME_F1,
        TEMPERATURE_F1,
        LIST_LENGTH,
        STEP_COUNT,
        title_fidelity(corpus),
        LISTED_TWICE,
        cookable(corpus),
    )
