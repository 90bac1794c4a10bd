"""What transformers does not promise to keep: its attention."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

__all__ = [
    "attention_of",
    "sdpa_attention_forward",
    "sdpa_mask",
    "softmax_backward",
]


def attention_of(model: Any) -> str:
    """Name the attention that a model was loaded with."""
    name: str = model.config._attn_implementation
    return name


def softmax_backward(gradient: Tensor, weights: Tensor) -> Tensor:
    """Return p ∘ (g − rowsum(p ∘ g)), the gradient before a softmax with weights p."""
    before: Tensor = torch._softmax_backward_data(gradient, weights, -1, weights.dtype)
    return before
