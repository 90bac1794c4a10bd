"""A linear layer and its low-rank adapter as one operation.

PEFT writes the adapter's output, its scaled copy, the sum, and casts of all of them: tensors as
large as the layer's own output, which on a CPU take longer than the arithmetic.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from recipe_losses.hosts.peft import Adapted, is_off, plain_parts


def fuse_adapters(model: nn.Module) -> int:
    """Let the plain adapters of a model run as one operation each; return how many do."""
    plain = [(m, parts) for m in model.modules() if (parts := plain_parts(m))]
    for module, parts in plain:
        _fuse(module, parts)
    return len(plain)


def _fuse(module: Any, parts: Adapted) -> None:
    apply: Any = AdaptedLinear.apply
    original, (base, down, up, scaling) = module.forward, parts

    def forward(x: Tensor, *args: Any, **kwargs: Any) -> Any:
        if args or kwargs or is_off(module):
            return original(x, *args, **kwargs)
        y = apply(x, base.weight, down.weight, up.weight, scaling)
        return y if base.bias is None else y + base.bias

    module.forward = forward


class AdaptedLinear(torch.autograd.Function):
    """y = x Wᵀ + s·(x Aᵀ) Bᵀ, computed in the type of W.

    x is (…, in), W (out, in) and fixed, A (r, in), B (out, r), s the scaling. With g the gradient
    of y and h = x Aᵀ:

        dx = g W + s·(g B) A,   dA = s·(g B)ᵀ x,   dB = s·gᵀ h
    """

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, a: Tensor, b: Tensor, scaling: float
    ) -> Tensor:
        """Add the adapter's output into the layer's."""
        rows = x.reshape(-1, x.shape[-1]).to(weight.dtype)
        low, high = a.to(weight.dtype), b.to(weight.dtype)
        # The types are chosen here: autocast would only look at every operand again.
        with torch.autocast("cpu", enabled=False):
            inner = rows @ low.T
            y = (rows @ weight.T).addmm_(inner, high.T, alpha=scaling)
        ctx.save_for_backward(rows, weight, low, high, inner)
        ctx.scaling, ctx.types = scaling, (x.dtype, a.dtype, b.dtype)
        return y.view(*x.shape[:-1], -1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients of x, A and B."""
        rows, weight, low, high, inner = ctx.saved_tensors
        g = gradient.reshape(-1, gradient.shape[-1]).to(weight.dtype)
        inner_gradient = (g @ high).mul_(ctx.scaling)
        dx = None
        if ctx.needs_input_grad[0]:
            dx = (g @ weight).addmm_(inner_gradient, low)
            dx = dx.view(*gradient.shape[:-1], -1).to(ctx.types[0])
        da = (inner_gradient.T @ rows).to(ctx.types[1])
        db = (g.T @ inner).to(ctx.types[2]).mul_(ctx.scaling)
        return dx, None, da, db, None
