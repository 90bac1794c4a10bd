"""Is it a whole recipe: without a warning, as long as recipes are, and of what it lists?"""

from __future__ import annotations

from functools import partial

from recipe_eval.metrics.base import Metric, Share, share
from recipe_eval.reading.corpus import LOW, Corpus
from recipe_eval.reading.entities import Entities
from recipe_eval.reading.names import NAME_RULE

LEAST_USED = 0.5
"""Of its list, what the steps of a recipe name at least: some say "add the rest"."""


def count_cookable(gold: Entities, predicted: Entities, corpus: Corpus) -> Share:
    """Count the recipe if the check warns of nothing, and it is no mere stub of one.

    That is: its list and its steps are at least as long as the 10th percentile of the training
    recipes', and its steps name half of the list or more. Gold has no say in it.
    """
    used = {place for step in predicted.uses for place in step}
    whole = (
        len(predicted.ingredients) >= corpus.least_foods
        and len(predicted.steps) >= corpus.least_steps
        and len(used) >= LEAST_USED * len(predicted.ingredients)
    )
    return Share(int(whole and bool(predicted.ingredients) and not predicted.doubts), 1)


def cookable(corpus: Corpus) -> Metric[Share]:
    """Return the metric; `corpus` says how long recipes are."""
    return Metric(
        name="cookable",
        title="Cookable",
        count=partial(count_cookable, corpus=corpus),
        value=share,
        rule=f"check_recipe:none|foods>={corpus.least_foods}|steps>={corpus.least_steps}:p{LOW}"
        f"|{NAME_RULE}|used>={LEAST_USED:g}|train:{corpus.name}|gold:none",
        group="kitchen",
        reads=("ingredient names", "all amounts", "durations", "temperatures"),
    )
