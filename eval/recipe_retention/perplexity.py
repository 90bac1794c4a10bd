"""How surprised a model is by a text: sliding windows, every token counted once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from recipe_eval.likelihood.measure import token_nats

WINDOW_TOKENS = 1024
"""Longest context; a shorter one where the model reads no more."""


class Surprise(NamedTuple):
    """What a text costs a model; sums, so that texts add up."""

    nats: float
    """−Σ log p(token | what stands before it in the window)."""
    tokens: int
    bytes: int
    """Of the text in UTF-8."""

    @property
    def perplexity(self) -> float:
        """exp(nats / tokens): comparable between models of one tokenizer only.

        >>> round(Surprise(nats=2 * math.log(8), tokens=2, bytes=6).perplexity, 6)
        8.0
        """
        return math.exp(self.nats / self.tokens)

    @property
    def bits_per_byte(self) -> float:
        """nats / ln 2 / bytes: comparable whatever the tokenizer.

        >>> Surprise(nats=2 * math.log(8), tokens=2, bytes=6).bits_per_byte
        1.0
        """
        return self.nats / math.log(2) / self.bytes


def total(texts: Sequence[Surprise]) -> Surprise:
    """Add up texts: every token weighs the same.

    >>> total([Surprise(1.0, 2, 8), Surprise(2.0, 3, 12)])
    Surprise(nats=3.0, tokens=5, bytes=20)
    """
    return Surprise(*(sum(values) for values in zip(*texts, strict=True)))


def surprise(lm: Any, text: str) -> Surprise:
    """Measure one text with a loaded `HFLM` of lm-eval.

    Windows overlap by half: every token but those of the first half window has at least half a
    window before it. The first token follows the model's beginning (or end) of text.
    """
    import torch

    ids = [lm.prefix_token_id, *lm.tokenizer.encode(text, add_special_tokens=False, verbose=False)]
    window = min(WINDOW_TOKENS, int(lm.max_length))
    nats, counted = 0.0, 1
    with torch.inference_mode():
        while counted < len(ids):
            end = min(len(ids), window if counted == 1 else counted + window // 2)
            begin = max(0, end - window)
            nats += float(token_nats(lm.model, ids[begin:end], last=end - counted).sum())
            counted = end
    return Surprise(nats, len(ids) - 1, len(text.encode()))
