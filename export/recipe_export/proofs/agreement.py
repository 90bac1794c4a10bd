"""How close two models' next-token distributions are, gathered some words at a time.

For logits x and y of one position, p = softmax(x), q = softmax(y):

    KL(p ‖ q) = Σ p (x − y) − log Σ eˣ + log Σ eʸ

Each sum runs over the vocabulary, so it can be gathered block by block (relative to the largest
logit so far, as in any stable softmax): no positions × vocabulary array is needed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recipe_export.models.weights import Floats

Doubles = NDArray[np.float64]


class Agreement(NamedTuple):
    """How close the second model's distributions are to the first's, over all positions."""

    kl: float  # mean KL(first ‖ second), nats
    top1: float  # share of positions where both name the same token first
    positions: int


class Divergence:
    """The sums behind an `Agreement`, for a fixed number of positions."""

    def __init__(self, positions: int) -> None:
        self._first = _Softmax(positions)
        self._second = _Softmax(positions)
        self._moved = np.zeros(positions)  # Σ exp(x − largest x) · (x − y)

    def add(self, first: Floats, second: Floats) -> None:
        """Add the logits of the next words: positions × words, of both models."""
        weights, rescaled = self._first.add(first)
        self._second.add(second)
        difference = first.astype(np.float64)
        difference -= second
        self._moved = self._moved * rescaled + np.einsum("pv,pv->p", weights, difference)

    def result(self) -> Agreement:
        """Return the agreement over the words that were added."""
        first, second = self._first, self._second
        kl = self._moved / first.total - first.log_sum() + second.log_sum()
        same = first.word == second.word
        return Agreement(float(kl.mean()), float(same.mean()), len(kl))


class _Softmax:
    """log Σ exp of each position's logits, and its likeliest word."""

    def __init__(self, positions: int) -> None:
        self.largest = np.full(positions, -np.inf)
        self.total = np.zeros(positions)  # Σ exp(x − largest)
        self.word = np.zeros(positions, np.int64)
        self._words = 0

    def add(self, logits: Floats) -> tuple[Doubles, Doubles]:
        """Return exp(x − largest), and by what earlier sums must be multiplied."""
        best = logits.argmax(-1)
        found = np.take_along_axis(logits, best[:, None], -1)[:, 0].astype(np.float64)
        self.word = np.where(found > self.largest, best + self._words, self.word)
        self._words += logits.shape[-1]
        before, self.largest = self.largest, np.maximum(self.largest, found)
        weights: Doubles = np.exp(logits - self.largest[:, None])
        rescaled: Doubles = np.exp(before - self.largest)
        self.total = self.total * rescaled + weights.sum(-1)
        return weights, rescaled

    def log_sum(self) -> Doubles:
        found: Doubles = self.largest + np.log(self.total)
        return found


def agreement(first: Iterable[Floats], second: Iterable[Floats]) -> Agreement:
    """Compare two models' logits, prompt by prompt, each positions × vocabulary.

    >>> same = np.log(np.array([[0.5, 0.5], [0.9, 0.1]], np.float32))
    >>> other = np.log(np.array([[0.5, 0.5], [0.1, 0.9]], np.float32))
    >>> found = agreement([same], [other])
    >>> round(found.kl, 4), found.top1, found.positions  # kl = 0.8 ln 9 / 2
    (0.8789, 0.5, 2)
    """
    kl = same = 0.0
    positions = 0
    for x, y in zip(first, second, strict=True):
        divergence = Divergence(len(x))
        divergence.add(x, y)
        found = divergence.result()
        kl += found.kl * found.positions
        same += found.top1 * found.positions
        positions += found.positions
    return Agreement(kl / positions, same / positions, positions)
