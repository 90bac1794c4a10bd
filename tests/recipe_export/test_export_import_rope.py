"""From the factors in a GGUF file back to the settings of Llama 3's scaling."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recipe_base.errors import TopochefError
from recipe_export.importing import rope
from recipe_export.models.architecture import interleave, llama3_factors, separate
from recipe_export.models.container import Container, StoredWeights
from recipe_export.models.weights import Floats

HEAD = 128


def found(factors: Floats, monkeypatch: pytest.MonkeyPatch, theta: float = 5e5) -> dict[str, Any]:
    monkeypatch.setattr(StoredWeights, "read", lambda self, rows=None: factors)
    stored = StoredWeights(Path("x"), rope.FACTORS, "F32", factors.shape, 0, factors.nbytes)
    return rope.rope_parameters(
        Container(Path("x.gguf"), {}, {rope.FACTORS: stored}), theta, 2 * len(factors)
    )


def settings(factor: float, low: float, high: float, context: int) -> dict[str, Any]:
    return {
        "rope_type": "llama3",
        "rope_theta": 5e5,
        "factor": factor,
        "low_freq_factor": low,
        "high_freq_factor": high,
        "original_max_position_embeddings": context,
    }


@pytest.mark.parametrize("factor", [8.0, 32.0])
def test_the_settings_in_use_are_found_again(
    factor: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Llama 3.1 and 3.2, with the factors that llama.cpp's converter computes in float32."""
    expected = settings(factor, 1.0, 4.0, 8192)
    exponents = np.arange(0, HEAD, 2, dtype=np.float32) / np.float32(HEAD)
    wavelengths = 2 * math.pi / (1 / np.float32(5e5) ** exponents)
    smooth = np.clip((8192 / wavelengths - 1) / 3, 0, 1)
    official = (1 / ((1 - smooth) / factor + smooth)).astype(np.float32)
    assert found(official, monkeypatch) == expected
    assert found(llama3_factors(expected, HEAD), monkeypatch) == expected


@pytest.mark.parametrize(
    ("factor", "low", "high", "context"),
    [
        (16.0, 1.0, 4.0, 131072),
        (8.0, 1.0, 8.0, 8192),
        (4.0, 2.0, 8.0, 10_000),
        (2.5, 1.0, 3.0, 6000),
    ],
)
def test_other_settings_give_the_same_frequencies(
    factor: float, low: float, high: float, context: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A common multiple of context and band changes nothing, so it cannot be found."""
    factors = llama3_factors(settings(factor, low, high, context), HEAD)
    again = found(factors, monkeypatch)
    np.testing.assert_allclose(llama3_factors(again, HEAD), factors, rtol=rope.TOLERANCE)
    assert again["factor"] == factor
    assert again["original_max_position_embeddings"] == round(context / low)


@pytest.mark.parametrize(
    "factors",
    [
        np.linspace(1, 8, 64),
        np.full(64, np.nan),
        np.where(np.arange(64) < 40, 1, 8) + (np.arange(64) == 20),
        np.ones(32),
    ],
)
def test_other_scaling_is_refused(factors: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StoredWeights, "read", lambda self, rows=None: factors.astype(np.float32))
    stored = StoredWeights(Path("x"), rope.FACTORS, "F32", factors.shape, 0, 0)
    source = Container(Path("x.gguf"), {}, {rope.FACTORS: stored})
    with pytest.raises(TopochefError, match="in a way that is not Llama 3's"):
        rope.rope_parameters(source, 5e5, HEAD)


def test_rows_are_put_back_for_weights_and_for_biases() -> None:
    rng = np.random.default_rng(0)
    for shape in ((256, 7), (256,)):
        values = rng.normal(size=shape).astype(np.float32)
        for width in (2, 64, 128):
            paired = interleave(values, width)
            assert np.array_equal(separate(paired, width), values)
            assert width == 2 or not np.array_equal(paired, values)
