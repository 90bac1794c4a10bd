"""The choice of a token: masks of any size, ties, and each rule of a sampler by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipe_data.sampling import DEFAULT, GREEDY, WINDOW_TOKENS, Sampler
from recipe_kitchen.backends.decoding.grammar import Mask
from recipe_kitchen.backends.decoding.sampling import Floats, choose, kept, penalised, without

ALL = Sampler(1.0, top_p=1.0, min_p=0.0)
UNUSED = np.random.default_rng(0)


def mask_of(allowed: Iterable[int], words: int = 1) -> Mask:
    mask = np.zeros(words, dtype=np.uint32)
    for token in allowed:
        mask[token // 32] |= np.uint32(1) << np.uint32(token % 32)
    return mask


def logits_of(*shares: float) -> Floats:
    """Return logits whose softmax is these shares."""
    return np.log(np.array(shares, dtype=np.float32))


def drawn(logits: Floats, sampler: Sampler, times: int = 3000, **more: object) -> Counter[int]:
    random = np.random.default_rng(0)
    return Counter(choose(logits, None, sampler, random, **more) for _ in range(times))  # type: ignore[arg-type]


def test_the_likeliest_allowed_token_is_taken_and_ties_go_to_the_first() -> None:
    logits = np.array([9.0, 1.0, 3.0, 3.0], dtype=np.float32)
    assert choose(logits, mask_of([1, 2, 3]), GREEDY, UNUSED) == 2
    assert choose(logits, mask_of([0, 3]), GREEDY, UNUSED) == 0
    assert choose(logits, None, GREEDY, UNUSED) == 0


@pytest.mark.parametrize("size", [31, 32, 33, 100, 151_936])
def test_greedy_agrees_with_a_search_among_the_allowed(size: int) -> None:
    random = np.random.default_rng(size)
    for share in (0.001, 0.3, 1.0):
        logits = random.normal(size=size).astype(np.float32)
        allowed = np.flatnonzero(random.random(size) < share)
        allowed = allowed if len(allowed) else np.array([size - 1])
        mask = mask_of(allowed.tolist(), (size + 31) // 32)
        assert choose(logits, mask, GREEDY, random) == allowed[np.argmax(logits[allowed])]
        for sampler in (ALL, DEFAULT, Sampler(1.0, 0.5, 0.0, top_k=7)):
            assert choose(logits, mask, sampler, random) in allowed


def test_draws_follow_the_softmax_of_the_allowed_tokens() -> None:
    logits = logits_of(100, 1, 3)
    random = np.random.default_rng(0)
    draws = [choose(logits, mask_of([1, 2]), ALL, random) for _ in range(4000)]
    assert draws.count(2) / 4000 == pytest.approx(0.75, abs=0.03)
    assert 0 not in draws
    free = [choose(logits, None, ALL, random) for _ in range(4000)]
    assert free.count(0) / 4000 == pytest.approx(100 / 104, abs=0.02)


def test_a_temperature_raises_every_share_to_its_inverse() -> None:
    """At 0.5 shares are squared: 0.6² and 0.4² are 9 and 4 parts of 13."""
    found = drawn(logits_of(0.6, 0.4), Sampler(0.5, 1.0, 0.0))
    assert found[0] / 3000 == pytest.approx(9 / 13, abs=0.03)


def test_a_cold_draw_among_unlikely_tokens_neither_underflows_nor_strays() -> None:
    logits = np.array([500.0, 1.0, 3.0, -np.inf], dtype=np.float32)
    random = np.random.default_rng(0)
    for sampler in (Sampler(0.05, 1.0, 0.0), Sampler(0.05), Sampler(0.05, 0.9, 0.0)):
        cold = {choose(logits, mask_of([1, 2, 3]), sampler, random) for _ in range(200)}
        assert cold == {2}


def shares(*values: float) -> Floats:
    return np.array(values, dtype=np.float32) / max(values)


@pytest.mark.parametrize(
    ("sampler", "left"),
    [
        (Sampler(1.0, 0.49, 0.0), [1]),  # 0.5 alone is enough
        (Sampler(1.0, 0.51, 0.0), [1, 3]),
        (Sampler(1.0, 0.8, 0.0), [1, 3, 0]),  # 0.75 are not, 0.9 are
        (Sampler(1.0, 0.001, 0.0), [1]),  # one is always left
        (Sampler(1.0, 1.0, 0.2), [1, 3, 0, 2]),  # 0.1 is 0.2 of 0.5
        (Sampler(1.0, 1.0, 0.21), [1, 3, 0]),
        (Sampler(1.0, 0.8, 0.4), [1, 3]),  # of those that top_p leaves, 0.25 is 0.5 of 0.5
        (Sampler(1.0, 1.0, 0.0, top_k=2), [1, 3]),
        (Sampler(1.0, 0.6, 0.0, top_k=2), [1]),  # 0.5 of the 0.75 that are left is two thirds
        (Sampler(1.0, 0.7, 0.0, top_k=2), [1, 3]),
        (Sampler(1.0, 1.0, 0.0, top_k=9), [1, 3, 0, 2]),
    ],
)
def test_what_the_rules_leave_of_known_shares(sampler: Sampler, left: list[int]) -> None:
    found = kept(shares(0.15, 0.5, 0.1, 0.25), sampler)
    assert found is not None
    assert found.tolist() == sorted(left)


def test_without_rules_all_tokens_are_left() -> None:
    assert kept(shares(0.2, 0.8), ALL) is None


def test_of_equal_shares_those_of_the_lowest_ids_are_left() -> None:
    found = kept(np.ones(1000, dtype=np.float32), Sampler(1.0, 0.0105, 0.0))
    assert found is not None
    assert found.tolist() == list(range(11))


@given(
    st.lists(st.floats(-30, 30, width=32), min_size=1, max_size=60),
    st.floats(0.01, 1.0),
    st.floats(0.0, 0.99),
    st.integers(0, 70),
)
def test_the_rules_agree_with_their_definition(
    scores: list[float], top_p: float, min_p: float, top_k: int
) -> None:
    """Plain Python, as the docstring of `Sampler` reads."""
    weights = np.exp(np.array(scores, dtype=np.float32) - max(scores)).astype(np.float32)
    order = sorted(range(len(scores)), key=lambda i: (-weights[i], i))
    if top_k and len({weights[i] for i in order}) == len(order):  # ties at the edge are free
        order = order[:top_k]
    else:
        top_k = 0
    total = sum(float(weights[i]) for i in order)
    nucleus, mass = [], 0.0
    for i in order:
        nucleus.append(i)
        mass += float(weights[i])
        if mass >= top_p * total * (1 - 1e-9) and top_p < 1:
            break
    expected = [i for i in nucleus if weights[i] >= min_p]
    found = kept(weights, Sampler(1.0, top_p, min_p, top_k=top_k))
    left = order if found is None else found.tolist()
    if abs(mass - top_p * total) > 1e-6 * total:  # else a rounding decides
        assert {i for i in left if weights[i] > 0} == {i for i in expected if weights[i] > 0}
    assert left


def test_a_penalty_divides_what_is_positive_and_multiplies_what_is_not() -> None:
    logits = np.array([3.0, -3.0, 3.0, 0.0], dtype=np.float32)
    assert penalised(logits, [0, 1, 3, 0], 1.5).tolist() == [2.0, -4.5, 3.0, 0.0]
    assert logits.tolist() == [3.0, -3.0, 3.0, 0.0]
    assert penalised(logits, [], 1.5) is logits
    assert penalised(logits, [0], 1.0) is logits


def test_a_penalty_looks_back_so_far_and_no_further() -> None:
    logits = np.array([3.0, 2.5], dtype=np.float32)
    strong = Sampler(0.0, 1.0, 0.0, repeat_penalty=1.5)
    others = [9] * (WINDOW_TOKENS - 1)
    vocabulary = np.concatenate([logits, np.full(8, -9, dtype=np.float32)])
    assert choose(vocabulary, None, strong, UNUSED, [0, *others]) == 1
    assert choose(vocabulary, None, strong, UNUSED, [0, 9, *others]) == 0
    assert choose(vocabulary, None, GREEDY, UNUSED, [0]) == 0


def test_a_penalty_changes_what_is_drawn() -> None:
    logits = np.array([2.0, 2.0], dtype=np.float32)
    found = drawn(logits, Sampler(1.0, 1.0, 0.0, repeat_penalty=2.0), written=[0])
    assert found[1] / 3000 == pytest.approx(np.e / (1 + np.e), abs=0.03)


def test_a_mask_forbids_more_and_stays_as_it_was() -> None:
    mask = mask_of([1, 33, 40], words=2)
    less = without(mask, {33, 1}, 64)
    assert choose(np.zeros(64, dtype=np.float32), less, GREEDY, UNUSED) == 40
    assert mask.tolist() == mask_of([1, 33, 40], words=2).tolist()
    free = without(None, {0}, 33)
    assert choose(np.zeros(33, dtype=np.float32), free, GREEDY, UNUSED) == 1
