"""Recipe metrics while a model is trained: the function that a config names."""

from __future__ import annotations

from collections.abc import Sequence

from recipe_eval.metrics import PROFILES
from recipe_eval.metrics.headline import RECIPE_F1
from recipe_eval.reading.entities import extract, extract_text
from recipe_kitchen.answers import read_answer


def recipe_metrics(texts: Sequence[str], golds: Sequence[str]) -> dict[str, float]:
    """Return the means of Recipe F1 and of every `strict` metric, and the share of valid answers.

    Args:
        texts: What the model wrote; a text that is no answer scores worst.
        golds: The answers of the data, in the same order.

    Raises:
        AnswerError: if a gold text is no answer.

    >>> gold = '{"ingredients":["10 g salt"],"instructions":["Boil it."]}'
    >>> recipe_metrics([gold, "I"], [gold, gold])["ingredient_recall"]
    0.5
    """
    pairs = [(extract(read_answer(g)), extract_text(t)) for t, g in zip(texts, golds, strict=True)]
    means = {"valid": sum(p is not None for _, p in pairs) / len(pairs)}
    for metric in (RECIPE_F1, *PROFILES["strict"]):
        values = [metric.score(gold, predicted).value for gold, predicted in pairs]
        if known := [value for value in values if value is not None]:
            means[metric.name] = sum(known) / len(known)
    return means
