"""Choose the next token: numpy on one row of logits, a small part of a forward pass."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recipe_eval.backends.grammar import Mask


def choose(
    logits: NDArray[np.float32],
    mask: Mask | None,
    temperature: float,
    random: np.random.Generator | None,
) -> int:
    """Take the likeliest allowed token, or draw one from softmax(logits / temperature).

    All tokens are allowed where `mask` is None; without `random` the likeliest is taken, and of
    equal ones that of the lowest id.

    >>> logits = np.array([9.0, 1.0, 3.0, 3.0], dtype=np.float32)
    >>> choose(logits, np.array([0b1110], dtype=np.uint32), 0.0, None)
    2
    """
    if random is None:
        best = int(np.argmax(logits))
        if mask is None or mask[best // 32] >> np.uint32(best % 32) & np.uint32(1):
            return best
        return int(np.argmax(_allowed(logits, mask)))
    scores = logits if mask is None else _allowed(logits, mask)
    weights = np.exp((scores - scores.max()) / np.float32(temperature))
    sums = np.cumsum(weights, dtype=np.float64)
    return int(np.searchsorted(sums, random.random() * sums[-1], side="right"))


def _allowed(logits: NDArray[np.float32], mask: Mask) -> NDArray[np.float32]:
    """Return the logits, −∞ where a token is not allowed."""
    bits = np.unpackbits(mask.view(np.uint8), count=len(logits), bitorder="little")
    return np.where(bits.view(np.bool_), logits, np.float32(-np.inf))
