"""The checks themselves: known answers, and verdicts that stop an export."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from recipe_data.errors import TopochefError
from recipe_export import reference
from recipe_export.verdict import Verdict, require
from recipe_export.verify import agreement

from .conftest import BASE

LOGITS = arrays(np.float32, (3, 5), elements=st.floats(-30, 30, width=32))


def rows(*probabilities: list[float]) -> np.ndarray:
    return np.log(np.array(probabilities, np.float32))


def test_divergence_of_known_distributions() -> None:
    p, q = rows([0.5, 0.25, 0.25]), rows([0.25, 0.5, 0.25])
    found = agreement([p], [q])
    assert found.kl == pytest.approx(0.25 * math.log(2), abs=1e-6)
    assert (found.top1, found.top1_or_tie, found.positions) == (0, 0, 1)


def test_positions_weigh_alike_over_prompts_of_any_length() -> None:
    same, far = rows([0.9, 0.1]), rows([0.1, 0.9])
    found = agreement([np.repeat(same, 3, 0), same], [np.repeat(same, 3, 0), far])
    assert found.top1 == 0.75
    assert found.kl == pytest.approx(0.8 * math.log(9) / 4, abs=1e-6)


def test_a_tie_is_no_disagreement() -> None:
    found = agreement([rows([0.5003, 0.4997])], [rows([0.4997, 0.5003])])
    assert (found.top1, found.top1_or_tie) == (0, 1)


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


def test_weights_that_do_not_fit_the_architecture_are_refused(work: Path) -> None:
    from safetensors.numpy import load_file, save_file

    path = Path(BASE, "model.safetensors")
    weights = load_file(path)
    del weights["model.layers.1.mlp.up_proj.weight"]
    save_file(weights, path, {"format": "pt"})
    with pytest.raises(TopochefError, match=r"do not fit .*missing_keys.*up_proj"):
        reference.load_model(Path(BASE))
