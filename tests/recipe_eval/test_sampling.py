"""The choice of a token: masks of any size, ties, and the distribution of draws."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from recipe_eval.backends.grammar import Mask
from recipe_eval.backends.sampling import choose


def mask_of(allowed: Iterable[int], words: int = 1) -> Mask:
    mask = np.zeros(words, dtype=np.uint32)
    for token in allowed:
        mask[token // 32] |= np.uint32(1) << np.uint32(token % 32)
    return mask


def test_the_likeliest_allowed_token_is_taken_and_ties_go_to_the_first() -> None:
    logits = np.array([9.0, 1.0, 3.0, 3.0], dtype=np.float32)
    assert choose(logits, mask_of([1, 2, 3]), 0.0, None) == 2
    assert choose(logits, mask_of([0, 3]), 0.0, None) == 0
    assert choose(logits, None, 0.0, None) == 0


@pytest.mark.parametrize("size", [31, 32, 33, 100, 151_936])
def test_greedy_agrees_with_a_search_among_the_allowed(size: int) -> None:
    random = np.random.default_rng(size)
    for share in (0.001, 0.3, 1.0):
        logits = random.normal(size=size).astype(np.float32)
        allowed = np.flatnonzero(random.random(size) < share)
        allowed = allowed if len(allowed) else np.array([size - 1])
        mask = mask_of(allowed.tolist(), (size + 31) // 32)
        assert choose(logits, mask, 0.0, None) == allowed[np.argmax(logits[allowed])]
        assert choose(logits, mask, 1.0, random) in allowed


def test_draws_follow_the_softmax_of_the_allowed_tokens() -> None:
    logits = np.log(np.array([100.0, 1.0, 3.0], dtype=np.float32))
    random = np.random.default_rng(0)
    draws = [choose(logits, mask_of([1, 2]), 1.0, random) for _ in range(4000)]
    assert draws.count(2) / 4000 == pytest.approx(0.75, abs=0.03)
    assert 0 not in draws
    free = [choose(logits, None, 1.0, random) for _ in range(4000)]
    assert free.count(0) / 4000 == pytest.approx(100 / 104, abs=0.02)


def test_a_cold_draw_among_unlikely_tokens_neither_underflows_nor_strays() -> None:
    logits = np.array([500.0, 1.0, 3.0, -np.inf], dtype=np.float32)
    random = np.random.default_rng(0)
    cold = {choose(logits, mask_of([1, 2, 3]), 0.05, random) for _ in range(200)}
    assert cold == {2}
