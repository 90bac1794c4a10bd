"""Choose the next token: numpy on one row of logits, a small part of a forward pass."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from recipe_data.sampling import WINDOW_TOKENS, Sampler
from recipe_kitchen.backends.decoding.grammar import Mask

Floats = NDArray[np.float32]
_SMALLEST = float(np.finfo(np.float32).tiny)


def choose(
    logits: Floats,
    mask: Mask | None,
    sampler: Sampler,
    random: np.random.Generator,
    written: Sequence[int] = (),
) -> int:
    """Choose an allowed token as `Sampler` says; all are allowed where `mask` is None.

    `written` are the tokens of the answer so far. Greedily `random` is left alone, and of equally
    likely tokens that of the lowest id is taken.

    >>> from recipe_data.sampling import GREEDY
    >>> logits = np.array([9.0, 1.0, 3.0, 3.0], dtype=np.float32)
    >>> choose(logits, np.array([0b1110], dtype=np.uint32), GREEDY, np.random.default_rng())
    2
    """
    scores = penalised(logits, written[-WINDOW_TOKENS:], sampler.repeat_penalty)
    if sampler.greedy:
        token = int(np.argmax(scores))
        if mask is None or mask[token // 32] >> np.uint32(token % 32) & np.uint32(1):
            return token
        return int(np.argmax(_allowed(scores, mask)))
    if mask is not None:
        scores = _allowed(scores, mask)
    weights = np.exp((scores - scores.max()) / np.float32(sampler.temperature))
    tokens = kept(weights, sampler)
    sums = np.cumsum(weights if tokens is None else weights[tokens], dtype=np.float64)
    drawn = int(np.searchsorted(sums, random.random() * sums[-1], side="right"))
    return drawn if tokens is None else int(tokens[drawn])


def penalised(logits: Floats, recent: Collection[int], penalty: float) -> Floats:
    """Return the logits, those of recent tokens moved towards −∞; see `Sampler`.

    >>> penalised(np.array([2.0, -2.0, 2.0], dtype=np.float32), [0, 1, 1], 2.0).tolist()
    [1.0, -4.0, 2.0]
    """
    if penalty == 1 or not recent:
        return logits
    tokens = np.fromiter(set(recent), dtype=np.int64)
    scores = logits.copy()
    found = scores[tokens]
    scores[tokens] = np.where(found > 0, found / penalty, found * penalty)
    return scores


def kept(weights: Floats, sampler: Sampler) -> NDArray[np.int64] | None:
    """Return the tokens that top_k, top_p and min_p leave, by their ids; None for all.

    `weights` are p / max p. At least one token is left. Of equal ones those of the lowest ids are.
    Drawn in the order of their ids, so that the last bits of two nearly equal ones change nothing.

    >>> kept(np.array([0.1, 1.0, 0.4, 0.5], dtype=np.float32), Sampler(1.0, 0.7, 0.0)).tolist()
    [1, 3]
    """
    if sampler.top_p == 1 and sampler.min_p == 0 and sampler.top_k == 0:
        return None
    if 0 < sampler.top_k < len(weights):
        found = np.argpartition(weights, -sampler.top_k)[-sampler.top_k :]
        total = float(weights[found].sum(dtype=np.float64))
        found.sort()
    else:
        total = float(weights.sum(dtype=np.float64))
        # What lies below has less than the share that top_p drops, all of it together.
        spare = (1 - sampler.top_p) * total / len(weights)
        found = np.flatnonzero(weights >= max(sampler.min_p, spare, _SMALLEST))
    found = found[np.argsort(-weights[found], kind="stable")]
    if sampler.top_p < 1:
        sums = np.cumsum(weights[found], dtype=np.float64)
        found = found[: int(np.searchsorted(sums, sampler.top_p * total)) + 1]
    found = found[weights[found] >= sampler.min_p]
    found.sort()
    return found


def best(logits: Floats, mask: Mask | None) -> float:
    """Return the highest logit that is allowed; −∞ where nothing is."""
    return float((logits if mask is None else _allowed(logits, mask)).max())


def without(mask: Mask | None, tokens: Collection[int], words: int) -> Mask:
    """Return a mask of `words` tokens that forbids some more."""
    if mask is None:
        mask = np.full((words + 31) // 32, 0xFFFFFFFF, dtype=np.uint32)
    mask = mask.copy()
    for token in tokens:
        mask[token // 32] &= ~(np.uint32(1) << np.uint32(token % 32))
    return mask


def _allowed(logits: Floats, mask: Mask) -> Floats:
    """Return the logits, −∞ where a token is not allowed."""
    bits = np.unpackbits(mask.view(np.uint8), count=len(logits), bitorder="little")
    return np.where(bits.view(np.bool_), logits, np.float32(-np.inf))
