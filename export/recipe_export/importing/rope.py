"""The rotary embedding: what a GGUF file says of it → `rope_parameters` of config.json."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from recipe_base.errors import TopochefError
from recipe_export.models.architecture import llama3_factors
from recipe_export.models.container import Container
from recipe_export.models.weights import Floats

FACTORS = "rope_freqs.weight"
# Llama 3.1, 3.2 and 3.3 are scaled with these; their original context is a power of two.
LOW, HIGH = 1.0, 4.0
CONTEXTS = tuple(1 << i for i in range(4, 24))
# Converters compute in float32: the same settings give factors that far apart, no others do.
TOLERANCE = 1e-5


def rope_parameters(source: Container, theta: float, head_dim: int) -> dict[str, Any]:
    """Return type, base and scaling of the rotary embedding.

    Raises `TopochefError` for frequencies that are scaled, but not as Llama 3's are.
    """
    plain = {"rope_type": "default", "rope_theta": theta}
    if FACTORS not in source.tensors:
        return plain
    factors = source.tensors[FACTORS].read()
    if factors.shape == (head_dim // 2,) and np.isfinite(factors).all():
        for scaling in _candidates(factors, theta, head_dim):
            found = {**plain, "rope_type": "llama3", **scaling}
            if np.allclose(llama3_factors(found, head_dim), factors, rtol=TOLERANCE, atol=0):
                return found
    raise TopochefError(
        f"{source.path}: {FACTORS} scales the rotary frequencies in a way that is not Llama 3's: "
        "take a model without scaling of its own"
    )


def _candidates(factors: Floats, theta: float, head_dim: int) -> Iterator[dict[str, Any]]:
    """Propose settings that may have given these factors.

    The slowest frequency has the whole factor. Between the bands, 1/factors is linear in the
    wavelength's inverse, so two frequencies there give both ends of the band; a common multiple of
    context and both ends changes nothing, hence low = 1.
    """
    factor = _round(factors[-1])
    for context in CONTEXTS:
        yield _scaling(factor, HIGH, context)
    between = (factors > 1 + TOLERANCE) & (factors < factors[-1] * (1 - TOLERANCE))
    if between.sum() > 1:
        inverse = theta ** -(np.arange(0, head_dim, 2) / head_dim) / (2 * np.pi)
        smooth = (1 / factors.astype(np.float64) - 1 / factor) / (1 - 1 / factor)
        slope, start = np.polyfit(inverse[between], smooth[between], 1)
        high = 1 - 1 / start
        yield _scaling(factor, _round(high), round(slope * (high - LOW)))


def _scaling(factor: float, high: float, context: int) -> dict[str, Any]:
    return {
        "factor": factor,
        "low_freq_factor": LOW,
        "high_freq_factor": high,
        "original_max_position_embeddings": context,
    }


def _round(value: float) -> float:
    """Leave out the digits that float32 cannot hold."""
    return float(f"{value:.5g}")
