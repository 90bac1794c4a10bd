"""Recipe metrics for `evaluate`: `evaluate.load("eval/recipe_eval/metrics/recipe", "strict")`.

evaluate copies this file into its cache and runs the copy, so everything it needs is imported
from the installed package; and it reads one name from each import line, so there is one on each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import datasets
import evaluate

from recipe_base.errors import TopochefError
from recipe_eval.metrics import PROFILES
from recipe_eval.metrics.base import Metric
from recipe_eval.metrics.bertscore import bertscore_metric
from recipe_eval.reading.entities import extract, extract_text
from recipe_kitchen.answers import read_answer

_DESCRIPTION = """\
Compares generated recipes with gold: ingredients, amounts, actions, times, temperatures, order and
wording. The configuration is the profile: `strict` (default), `balanced` (of no training split, so
that all foods weigh the same) or `thesis`. No network is needed.
"""
_INPUTS = """\
Args:
    predictions: what a model wrote, as text; what is no answer scores worst, and is counted.
    references: gold answers, the JSON `{"ingredients": [...], "instructions": [...]}`.
    metrics: names to compute (default: every metric of the profile but `bertscore`).
Returns:
    The mean of each metric within 0-1, `None` where it applies to no recipe; `failed`, the number
    of predictions that are no answer; and `signatures`, what makes each number this number.
"""
_CITATION = "M. Ottoborgo, Beyond Cross-Entropy, Politecnico di Torino, 2025 (the thesis profile)"


class RecipeMetrics(evaluate.Metric):  # type: ignore[misc]  # evaluate has no types
    """The metrics of `recipe_eval.metrics`, averaged over pairs of texts."""

    def _info(self) -> evaluate.MetricInfo:
        text = datasets.Value("string")
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation=_CITATION,
            inputs_description=_INPUTS,
            features=datasets.Features({"predictions": text, "references": text}),
        )

    def _compute(
        self,
        predictions: Sequence[str],
        references: Sequence[str],
        metrics: Sequence[str] | None = None,
    ) -> dict[str, Any]:
        chosen = _choose(self.config_name, metrics)
        golds = [extract(read_answer(text)) for text in references]
        written = [extract_text(text) for text in predictions]
        pairs = [(g, p) for g, p in zip(golds, written, strict=True) if p]
        means: dict[str, float | None] = {}
        for metric in chosen:
            if metric.warm:
                metric.warm(pairs)
            values = [metric.score(g, p).value for g, p in zip(golds, written, strict=True)]
            known = [value for value in values if value is not None]
            means[metric.name] = sum(known) / len(known) if known else None
        signatures = {metric.name: f"{metric.name}|{metric.rule}" for metric in chosen}
        return {**means, "failed": written.count(None), "signatures": signatures}


def _choose(profile: str, names: Sequence[str] | None) -> list[Metric[Any]]:
    profile = "strict" if profile == "default" else profile
    if profile not in PROFILES:
        raise TopochefError(f"{profile!r} is no profile: choose one of {', '.join(PROFILES)}")
    known = {metric.name: metric for metric in PROFILES[profile]}
    if names is None:
        return [*known.values()]
    known["bertscore"] = bertscore_metric()
    if unknown := sorted({*names} - known.keys()):
        raise TopochefError(f"{unknown[0]!r} is no metric: choose from {', '.join(known)}")
    return [known[name] for name in names]
