"""The checks themselves: known answers, and verdicts that stop an export."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from recipe_base.errors import TopochefError
from recipe_export.proofs.agreement import Divergence, agreement
from recipe_export.proofs.verdict import Verdict, require

LOGITS = arrays(np.float32, (3, 5), elements=st.floats(-30, 30, width=32))


def rows(*probabilities: list[float]) -> np.ndarray:
    return np.log(np.array(probabilities, np.float32))


def test_divergence_of_known_distributions() -> None:
    p, q = rows([0.5, 0.25, 0.25]), rows([0.25, 0.5, 0.25])
    found = agreement([p], [q])
    assert found.kl == pytest.approx(0.25 * math.log(2), abs=1e-6)
    assert (found.top1, found.positions) == (0, 1)


def test_positions_weigh_alike_over_prompts_of_any_length() -> None:
    same, far = rows([0.9, 0.1]), rows([0.1, 0.9])
    found = agreement([np.repeat(same, 3, 0), same], [np.repeat(same, 3, 0), far])
    assert found.top1 == 0.75
    assert found.kl == pytest.approx(0.8 * math.log(9) / 4, abs=1e-6)


@given(LOGITS, LOGITS, st.lists(st.integers(1, 4), max_size=3))
def test_words_may_be_added_block_by_block(p: np.ndarray, q: np.ndarray, cuts: list[int]) -> None:
    pieces = Divergence(len(p))
    for x, y in zip(np.split(p, sorted(cuts), 1), np.split(q, sorted(cuts), 1), strict=True):
        if x.size:
            pieces.add(x, y)
    whole = agreement([p], [q])
    assert pieces.result().kl == pytest.approx(whole.kl, rel=1e-9, abs=1e-12)
    assert pieces.result().top1 == whole.top1 == (p.argmax(-1) == q.argmax(-1)).mean()


def test_the_divergence_is_scipys() -> None:
    from scipy.special import log_softmax, rel_entr, softmax

    generator = np.random.default_rng(1)
    p, q = (generator.normal(0, 5, (7, 1000)).astype(np.float32) for _ in range(2))
    expected = rel_entr(softmax(p.astype(float), -1), softmax(q.astype(float), -1)).sum(-1)
    assert agreement([p], [q]).kl == pytest.approx(expected.mean(), rel=1e-9)
    near = p + generator.normal(0, 1e-5, p.shape).astype(np.float32)
    logs = [log_softmax(x.astype(float), -1) for x in (p, near)]
    small = (np.exp(logs[0]) * (logs[0] - logs[1])).sum(-1).mean()
    assert agreement([p], [near]).kl == pytest.approx(small, rel=1e-3)
    assert 1e-12 < small < 1e-9


def test_a_model_that_is_no_number_disagrees() -> None:
    found = agreement([rows([0.5, 0.5])], [np.array([[math.nan, 0.0]], np.float32)])
    assert Verdict("x", {"kl": found.kl}, {"kl": (None, 1e9)}, "").failures


@given(LOGITS, LOGITS, st.floats(-100, 100, width=32))
def test_divergence_is_not_negative_and_blind_to_constants(
    p: np.ndarray, q: np.ndarray, constant: float
) -> None:
    found = agreement([p], [q])
    assert found.kl >= -1e-9
    assert agreement([p], [p]).kl == 0
    assert agreement([p], [q + np.float32(constant)]).kl == pytest.approx(found.kl, abs=1e-3)


def test_prompts_must_match_in_number() -> None:
    with pytest.raises(ValueError, match="shorter"):
        agreement([rows([1.0])], [])


@pytest.mark.parametrize(
    ("value", "low", "high", "words"),
    [
        (0.5, None, 0.5, None),
        (0.5, 0.5, None, None),
        (0.5, None, None, None),
        (0.6, None, 0.5, "x is 0.6, at most 0.5 is allowed"),
        (0.4, 0.5, None, "x is 0.4, at least 0.5 is required"),
        (math.nan, None, 0.5, "x is nan"),
        (math.nan, 0.5, None, "x is nan"),
    ],
)
def test_limits(value: float, low: float | None, high: float | None, words: str | None) -> None:
    verdict = Verdict("a check", {"x": value}, {"x": (low, high)}, "mend it")
    if words is None:
        assert require(verdict)[0]["measured"] == {"x": value}
    else:
        with pytest.raises(TopochefError, match=rf"a check: {words}.*Nothing was written: mend"):
            require(verdict)
