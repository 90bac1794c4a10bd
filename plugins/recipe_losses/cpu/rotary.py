"""Rotary positions in two passes instead of five, and as many backward instead of ten."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from recipe_losses.hosts.transformers import rotary_of, set_rotary

Rotary = Callable[..., tuple[Tensor, Tensor]]


def fuse_rotary(model: Any) -> bool:
    """Let a model rotate its queries and keys by `Rotation`; tell whether it does.

    The function belongs to the model's module in transformers, so every model of that kind gets
    it; it computes the same for all of them.
    """
    original = rotary_of(model)
    if original is None or isinstance(original, Rotate) or not is_plain(original):
        return isinstance(original, Rotate)
    set_rotary(model, Rotate(original))
    return True


def is_plain(rotary: Rotary) -> bool:
    """Tell by numbers whether a function rotates the halves of all of its vectors."""
    generator = torch.Generator().manual_seed(0)
    q, k = (torch.randn(2, n, 5, 8, generator=generator) for n in (4, 2))
    cos, sin = (torch.randn(2, 5, 8, generator=generator) for _ in range(2))
    try:
        theirs = rotary(q, k, cos, sin)
    except (TypeError, ValueError, RuntimeError):
        return False
    ours = (_rotated(x, cos.unsqueeze(1), sin.unsqueeze(1)) for x in (q, k))
    return all(torch.allclose(a, b, atol=1e-5) for a, b in zip(theirs, ours, strict=True))


class Rotate:
    """Stands for `apply_rotary_pos_emb`."""

    def __init__(self, original: Rotary) -> None:
        """Keep the original for all that is not plain training on a CPU."""
        self.original = original

    def __call__(
        self, q: Tensor, k: Tensor, cos: Tensor, sin: Tensor, *args: Any, **kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        """Rotate (B, heads, T, d) by cos and sin (B, T, d)."""
        plain = (
            not (args or kwargs or cos.requires_grad or sin.requires_grad)
            and torch.is_grad_enabled()
            and q.device.type == "cpu"
            and q.dtype == k.dtype == cos.dtype == sin.dtype
            and q.shape[-1] == k.shape[-1] == cos.shape[-1]
        )
        if not plain:
            return self.original(q, k, cos, sin, *args, **kwargs)
        apply: Any = Rotation.apply
        cos, sin = cos.unsqueeze(1), sin.unsqueeze(1)
        return apply(q, cos, sin), apply(k, cos, sin)


class Rotation(torch.autograd.Function):
    """y = x ∘ cos + (−x₂, x₁) ∘ sin with x = (x₁, x₂); with g the gradient of y,

    dx = g ∘ cos + (g₂ ∘ sin₂, −g₁ ∘ sin₁).
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """Rotate."""
        ctx.save_for_backward(cos, sin)
        return _rotated(x, cos, sin)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        """Rotate back."""
        cos, sin = ctx.saved_tensors
        half = gradient.shape[-1] // 2
        dx = gradient * cos
        dx[..., :half].addcmul_(gradient[..., half:], sin[..., half:])
        dx[..., half:].addcmul_(gradient[..., :half], sin[..., :half], value=-1)
        return dx, None, None


def _rotated(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    half = x.shape[-1] // 2
    y = x * cos
    y[..., :half].addcmul_(x[..., half:], sin[..., :half], value=-1)
    y[..., half:].addcmul_(x[..., :half], sin[..., half:])
    return y
