"""BLEU and ROUGE: how much of gold's wording comes back."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import cache, lru_cache, partial
from typing import Any, NamedTuple

from recipe_data.language.stems import tokens
from recipe_eval.metrics.base import Group, Metric, Overlap
from recipe_eval.reading.entities import Entities

_TEXTS = 4096
"""Texts whose words are remembered: gold's come back with every run and floor."""
_ORDERS = (1, 2, 3, 4)


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


@cache
def _bleu() -> Any:
    from sacrebleu.metrics import bleu as sacrebleu

    return sacrebleu.BLEU(effective_order=True)


@lru_cache(maxsize=1 << 16)
def _bleu_split(text: str) -> tuple[str, ...]:
    return tuple(map(sys.intern, _bleu().tokenizer(text).split()))


@lru_cache(maxsize=_TEXTS)
def _bleu_tokens(text: str) -> tuple[str, ...]:
    """Split as sacrebleu does, whose rules look past blanks only where they delete something."""
    if "-\n" in text or "<skipped>" in text:
        return _bleu_split(text.rstrip())
    return tuple([token for word in text.split() for token in _bleu_split(word)])


@lru_cache(maxsize=8)  # each order asks anew
def _ngrams(gold: str, predicted: str) -> Ngrams:
    wanted, written = _bleu_tokens(gold), _bleu_tokens(predicted)
    hits = [_common(_grams(wanted, n), _grams(written, n)) for n in _ORDERS]
    items = [max(len(written) - n + 1, 0) for n in _ORDERS]
    return Ngrams._make([*hits, *items, len(written), len(wanted)])


def count_ngrams(gold: Entities, predicted: Entities) -> Ngrams:
    """Count the n-grams of sacrebleu's tokens (13a, cased): what its `sentence_score` counts."""
    return _ngrams(gold.text, predicted.text)


def _grams(words: Sequence[Hashable], n: int) -> Iterable[Hashable]:
    return zip(*(words[i:] for i in range(n)), strict=False)


def _common(one: Iterable[Hashable], other: Iterable[Hashable]) -> int:
    """Count what both have, each as often as both have it."""
    ours, theirs = Counter(one), Counter(other)
    return sum(min(ours[item], theirs[item]) for item in ours.keys() & theirs.keys())


def bleu(counts: Ngrams, order: int = 4, smoothed: bool = True) -> float:
    """BLEU over the n-grams of orders 1 to `order`, within 0–1.

    Smoothed: exponentially and with effective order; of one recipe it is then sacrebleu's
    sentence BLEU, of summed statistics its corpus BLEU. Otherwise an order without a match
    makes it 0, as in the first definition.
    """
    score: float = (
        _bleu()
        .compute_bleu(
            correct=list(counts[0:order]),
            total=list(counts[4 : 4 + order]),
            sys_len=counts.predicted_tokens,
            ref_len=counts.gold_tokens,
            smooth_method="exp" if smoothed else "none",
            effective_order=smoothed,
            max_ngram_order=order,
        )
        .score
    )
    return min(score / 100, 1.0)  # exponents of logarithms, in the last digit


_numbers: dict[str, int] = {}
"""Of every word that was met: rapidfuzz compares hashes, and numbers are their own."""


@lru_cache(maxsize=_TEXTS)
def _tokens(text: str, stemmed: bool) -> tuple[int, ...]:
    return tuple([_numbers.setdefault(word, len(_numbers)) for word in tokens(text, stemmed)])


def count_words(gold: Entities, predicted: Entities, stemmed: bool = True) -> Overlap:
    """Count the words of both, each as often as both have it."""
    one, other = _tokens(gold.text, stemmed), _tokens(predicted.text, stemmed)
    return Overlap(_common(one, other), len(other), len(one))


def count_pairs(gold: Entities, predicted: Entities, stemmed: bool = True) -> Overlap:
    """Count the pairs of neighbouring words of both."""
    one, other = _tokens(gold.text, stemmed), _tokens(predicted.text, stemmed)
    hits = _common(_grams(one, 2), _grams(other, 2))
    return Overlap(hits, max(len(other) - 1, 0), max(len(one) - 1, 0))


def count_subsequence(gold: Entities, predicted: Entities, stemmed: bool = True) -> Overlap:
    """Count the words of the longest common subsequence of the whole texts."""
    from rapidfuzz.distance import LCSseq

    one, other = _tokens(gold.text, stemmed), _tokens(predicted.text, stemmed)
    return Overlap(LCSseq.similarity(one, other), len(other), len(one))


def rouge(counts: Overlap) -> float:
    """F1 = 2 hits / (predicted + gold), within 0–1: what rouge_score calls fmeasure.

    >>> rouge(Overlap(hits=1, predicted=4, gold=2))
    0.3333333333333333
    """
    return 2 * counts.hits / (counts.predicted + counts.gold) if counts.hits else 0.0


def bleu_metrics(smoothed: bool) -> tuple[Metric[Any], ...]:
    """Return BLEU, and BLEU over fewer orders."""
    smoothing = "eff:yes|tok:13a|smooth:exp" if smoothed else "eff:no|tok:13a|smooth:none"

    def metric(order: int, name: str, title: str, group: Group) -> Metric[Ngrams]:
        return Metric(
            name=name,
            title=title,
            count=count_ngrams,
            value=partial(bleu, order=order, smoothed=smoothed),
            rule=f"orders:1-{order}|nrefs:1|case:mixed|{smoothing}|sacrebleu",
            pooled=True,
            group=group,
        )

    fewer = (metric(n, f"bleu{n}", f"BLEU-{n}", "wording") for n in (1, 2, 3))
    return metric(4, "bleu", "BLEU", "published"), *fewer


def rouge_metrics(stemmed: bool) -> tuple[Metric[Any], ...]:
    """Return ROUGE-1, ROUGE-2 and ROUGE-L."""

    def metric(
        kind: str, count: Callable[[Entities, Entities, bool], Overlap], group: Group
    ) -> Metric[Overlap]:
        return Metric(
            name=f"rouge{kind.lower()}",
            title=f"ROUGE-{kind}",
            count=lambda gold, predicted: count(gold, predicted, stemmed),
            value=rouge,
            rule=f"f1|stemmer:{'porter' if stemmed else 'none'}|tok:rouge_score",
            group=group,
        )

    return (
        metric("1", count_words, "published"),
        metric("2", count_pairs, "wording"),
        metric("L", count_subsequence, "wording"),
    )
