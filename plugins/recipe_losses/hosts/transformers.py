"""What transformers does not promise to keep: its attention."""

from __future__ import annotations

import sys
from typing import Any

import torch
from torch import Tensor
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

__all__ = [
    "attention_of",
    "rotary_of",
    "sdpa_attention_forward",
    "sdpa_mask",
    "set_rotary",
    "softmax_backward",
    "version_of",
]


def attention_of(model: Any) -> str:
    """Name the attention that a model was loaded with."""
    name: str = model.config._attn_implementation
    return name


ROTARY = "apply_rotary_pos_emb"
"""Of every module of transformers whose model has rotary positions."""


def rotary_of(model: Any) -> Any:
    """Return the function by which a model's module rotates queries and keys; None without one."""
    return getattr(sys.modules[type(model).__module__], ROTARY, None)


def set_rotary(model: Any, function: Any) -> None:
    """Put another function in its place, for all models of the module."""
    setattr(sys.modules[type(model).__module__], ROTARY, function)


def version_of(x: Tensor) -> int:
    """Return how often a tensor was written to: as often as before, and it is what it was."""
    return x._version


def softmax_backward(gradient: Tensor, weights: Tensor) -> Tensor:
    """Return p ∘ (g − rowsum(p ∘ g)), the gradient before a softmax with weights p."""
    before: Tensor = torch._softmax_backward_data(gradient, weights, -1, weights.dtype)
    return before
