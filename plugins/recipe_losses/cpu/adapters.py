"""A linear layer and its low-rank adapter as one operation.

PEFT writes the adapter's output, its scaled copy, the sum, and casts of all of them: tensors as
large as the layer's own output, which on a CPU take longer than the arithmetic.
"""

from __future__ import annotations

from typing import Any

import torch
from peft.tuners.lora import Linear
from torch import Tensor, nn
from torch.autograd.function import once_differentiable


def fuse_adapters(model: nn.Module) -> int:
    """Let the plain adapters of a model run as one operation each; return how many do."""
    plain = [module for module in model.modules() if is_plain(module)]
    for module in plain:
        _fuse(module)
    return len(plain)


def is_plain(module: Any) -> bool:
    """Tell whether `AdaptedLinear` says all that an adapted layer does."""
    if type(module) is not Linear or type(module.base_layer) is not nn.Linear:
        return False
    names = module.active_adapters
    return (
        len(names) == 1
        and not module.lora_variant
        and not module.base_layer.weight.requires_grad
        and module.base_layer.weight.device.type == "cpu"
        and module.lora_B[names[0]].bias is None
        and isinstance(module.lora_dropout[names[0]], nn.Identity)
    )


def _fuse(module: Any) -> None:
    apply: Any = AdaptedLinear.apply
    original, (name,) = module.forward, module.active_adapters
    base, scaling = module.base_layer, module.scaling[name]
    down, up = module.lora_A[name], module.lora_B[name]

    def forward(x: Tensor, *args: Any, **kwargs: Any) -> Any:
        if args or kwargs or module.disable_adapters or module.merged:
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
