"""BLEU and ROUGE: how much of gold's wording comes back (the reference implementations)."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from recipe_eval.entities import Entities
from recipe_eval.metrics.base import Metric


class Ngrams(NamedTuple):
    """Matching and predicted n-grams of orders 1–4, and the two lengths in tokens."""

    hits1: int
    hits2: int
    hits3: int
    hits4: int
    items1: int
    items2: int
    items3: int
    items4: int
    predicted_tokens: int
    gold_tokens: int


class Overlap(NamedTuple):
    """Summed F1 of the unigrams, and the number of recipes summed."""

    f1: float
    recipes: int


@cache
def _bleu() -> Any:
    from sacrebleu.metrics import bleu as sacrebleu

    return sacrebleu.BLEU(effective_order=True)


@cache
def _rouge() -> Any:
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer(["rouge1"], use_stemmer=True)


def count_ngrams(gold: Entities, predicted: Entities) -> Ngrams:
    """Count n-grams with sacrebleu (13a tokens, cased)."""
    score = _bleu().sentence_score(predicted.text, [gold.text])
    return Ngrams._make([*score.counts, *score.totals, score.sys_len, score.ref_len])


def bleu(counts: Ngrams) -> float:
    """BLEU-4 with exponential smoothing, within 0–1.

    Of one recipe it is sacrebleu's sentence BLEU with effective order, of summed statistics
    its corpus BLEU.
    """
    score: float = (
        _bleu()
        .compute_bleu(
            correct=list(counts[0:4]),
            total=list(counts[4:8]),
            sys_len=counts.predicted_tokens,
            ref_len=counts.gold_tokens,
            smooth_method="exp",
            effective_order=True,
        )
        .score
    )
    return score / 100


def count_overlap(gold: Entities, predicted: Entities) -> Overlap:
    """Score unigrams with rouge_score (Porter stems)."""
    return Overlap(_rouge().score(gold.text, predicted.text)["rouge1"].fmeasure, 1)


def rouge(counts: Overlap) -> float:
    """Mean ROUGE-1 F1, within 0–1."""
    return counts.f1 / counts.recipes


BLEU = Metric(
    name="bleu",
    title="BLEU",
    count=count_ngrams,
    value=bleu,
    rule="nrefs:1|case:mixed|eff:yes|tok:13a|smooth:exp|sacrebleu",
    pooled=True,
)

ROUGE1 = Metric(
    name="rouge1",
    title="ROUGE-1",
    count=count_overlap,
    value=rouge,
    rule="f1|stemmer:porter|rouge_score",
)
