"""How llama.cpp rounds what it multiplies with weights of each type, done to torch's tensors.

Weights of a GGUF type are multiplied with activations of a type of its own: F16 with F16, BF16 with
BF16, blocks of 32 weights with 8-bit blocks of 32, blocks of 256 with 8-bit blocks of 256. With F32
nothing is rounded but the sums, whose order is free: n additions, up to 2^14 of them, move a sum by
about √n ≤ 2^7 units in the last of 24 bits, as rounding the factors to 17 bits does. ARM processors
sum F16 in F16, where the same √n is a factor of some 2^3 after eight sums side by side: 8 bits.
"""

from __future__ import annotations

import platform
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    Rounding = Callable[[Tensor], Tensor]

SUM_BITS = 17
ARM = ("arm64", "aarch64")


def rounding(kind: str) -> Rounding:
    """Return what rounds the activations that are multiplied with weights of one GGUF type.

    The function takes float32 of any shape, and rounds the last axis as one row.
    """
    import torch
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

    if kind == "F32":
        return _to_sum_bits
    if kind in ("F16", "BF16"):
        exact = kind == "F16" and platform.machine() not in ARM
        stored = torch.float16 if exact else torch.bfloat16
        return lambda values: values.to(stored).float()
    block = GGML_QUANT_SIZES[GGMLQuantizationType[kind]][0]
    return lambda values: _to_8_bits(values, block)


def _to_sum_bits(values: Tensor) -> Tensor:
    """Keep the leading bits (Dekker's splitting): exact in float32."""
    spread = values * (2.0 ** (24 - SUM_BITS) + 1)
    return spread - (spread - values)


def _to_8_bits(values: Tensor, block: int) -> Tensor:
    """Round to 255 steps between ± the largest of each block."""
    blocks = values.unflatten(-1, (-1, block))
    step = blocks.abs().amax(-1, keepdim=True) / 127
    counted = (blocks / step.clamp_min(1e-30)).round()
    rounded: Tensor = (counted * step).flatten(-2)
    return rounded
