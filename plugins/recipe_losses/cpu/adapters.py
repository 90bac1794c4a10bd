"""Linear layers of one input and their low-rank adapters as one operation.

PEFT writes the adapter's output, its scaled copy, the sum, and casts of all of them: tensors as
large as the layer's own output, which on a CPU take longer than the arithmetic. Layers that read
the same input share its product with all their A, and hand back one gradient.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from recipe_losses.hosts.peft import Adapted, is_off, plain_parts
from recipe_losses.hosts.transformers import version_of

SIBLINGS = (("q_proj", "k_proj", "v_proj"), ("gate_proj", "up_proj"))
"""Layers of a block that read the same input, in the order in which they are called."""


def fuse_adapters(model: nn.Module) -> int:
    """Let the plain adapters of a model run as one operation each; return how many do."""
    plain = {m: parts for m in model.modules() if (parts := plain_parts(m))}
    alone = dict(plain)
    for block in model.modules():
        for names in SIBLINGS:
            found: list[Any] = [getattr(block, name, None) for name in names]
            if all(module in alone for module in found):
                Together({module: alone.pop(module) for module in found})
    for module, parts in alone.items():
        Together({module: parts})
    return len(plain)


class Together:
    """Layers that are computed at once when the first of them is called.

    The others take what lies ready for them, if they are given the very same input.
    """

    def __init__(self, layers: dict[Any, Adapted]) -> None:
        """Put itself into the forward of every layer."""
        self.layers, self.names = layers, list(layers)
        self.input: tuple[Tensor, int, bool] | None = None
        self.ready: dict[Any, Tensor] = {}
        for module in layers:
            self._put(module, module.forward)

    def _put(self, module: Any, original: Any) -> None:
        def forward(x: Tensor, *args: Any, **kwargs: Any) -> Any:
            if args or kwargs or is_off(module):
                return original(x, *args, **kwargs)
            if module is self.names[0]:
                return self._first(x)
            return self._taken(module, x)

        module.forward = forward

    def _first(self, x: Tensor) -> Tensor:
        modules = [m for m in self.names if m is self.names[0] or not is_off(m)]
        first, *others = self._computed(x, modules)
        self.ready = dict(zip(modules[1:], others, strict=True))
        self.input = (x, version_of(x), torch.is_grad_enabled()) if others else None
        return first

    def _taken(self, module: Any, x: Tensor) -> Tensor:
        if self.input is not None:
            given, version, graph = self.input
            same = given is x and version == version_of(x) and graph == torch.is_grad_enabled()
            if same and module in self.ready:
                y = self.ready.pop(module)
                if not self.ready:
                    self.input = None
                return y
        return self._computed(x, [module])[0]

    def _computed(self, x: Tensor, modules: list[Any]) -> tuple[Tensor, ...]:
        apply: Any = AdaptedLinears.apply
        parts = [self.layers[module] for module in modules]
        flat = [(p.base.weight, p.base.bias, p.down.weight, p.up.weight) for p in parts]
        scalings = tuple(p.scaling for p in parts)
        found: tuple[Tensor, ...] = apply(x, scalings, *(t for four in flat for t in four))
        return found


class AdaptedLinears(torch.autograd.Function):
    """yᵢ = x Wᵢᵀ + bᵢ + sᵢ·(x Aᵢᵀ) Bᵢᵀ for layers i of one input, computed in the type of W₁.

    x is (…, in), Wᵢ (outᵢ, in) and bᵢ (outᵢ, or None) fixed, Aᵢ (rᵢ, in), Bᵢ (outᵢ, rᵢ), sᵢ the
    scaling. With gᵢ the gradient of yᵢ and hᵢ = x Aᵢᵀ:

        dx = Σ gᵢ Wᵢ + sᵢ·(gᵢ Bᵢ) Aᵢ,   dAᵢ = sᵢ·(gᵢ Bᵢ)ᵀ x,   dBᵢ = sᵢ·gᵢᵀ hᵢ

    The Aᵢ lie below one another, so that each of their products is one.
    """

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, scalings: tuple[float, ...], *given: Any
    ) -> tuple[Tensor, ...]:
        """Add the adapters' outputs into the layers'."""
        weights, biases, downs, ups = (given[i::4] for i in range(4))
        kind = weights[0].dtype
        rows = x.reshape(-1, x.shape[-1]).to(kind)
        low = torch.cat([a.to(kind) for a in downs]) if len(downs) > 1 else downs[0].to(kind)
        high = [b.to(kind) for b in ups]
        # The types are chosen here: autocast would only look at every operand again.
        with torch.autocast("cpu", enabled=False):
            inner = rows @ low.T
            outputs = []
            for weight, bias, b, h, scaling in zip(
                weights, biases, high, inner.split([b.shape[1] for b in high], 1), scalings,
                strict=True,
            ):  # fmt: skip
                y = (rows @ weight.T).addmm_(h, b.T, alpha=scaling)
                y = y if bias is None else y.add_(bias)
                outputs.append(y.view(*x.shape[:-1], -1))
        ctx.save_for_backward(rows, inner, low, *high, *weights)
        ctx.set_materialize_grads(False)
        ctx.scalings, ctx.like = scalings, x.dtype
        ctx.types = [(a.dtype, b.dtype) for a, b in zip(downs, ups, strict=True)]
        return tuple(outputs)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Any, ...]:
        """Return the gradients of x, of every A and of every B."""
        rows, inner, low, *rest = ctx.saved_tensors
        count = len(ctx.scalings)
        high, weights = rest[:count], rest[count:]
        ranks = [b.shape[1] for b in high]
        before = torch.zeros_like(inner)
        dx: Tensor | None = None
        parts: list[Tensor | None] = []
        layers = zip(gradients, weights, high, inner.split(ranks, 1), before.split(ranks, 1),
                     ctx.scalings, ctx.types, strict=True)  # fmt: skip
        for gradient, weight, b, h, dh, scaling, types in layers:
            if gradient is None:
                parts.append(None)
                continue
            g = gradient.reshape(-1, gradient.shape[-1]).to(weight.dtype)
            torch.mm(g, b, out=dh)
            dh.mul_(scaling)
            parts.append((g.T @ h).to(types[1]).mul_(scaling))
            if ctx.needs_input_grad[0]:
                dx = g @ weight if dx is None else dx.addmm_(g, weight)
        if dx is not None:
            # All layers have the shape of x but for its last dimension.
            shape = next(g for g in gradients if g is not None).shape[:-1]
            dx = dx.addmm_(before, low).view(*shape, -1).to(ctx.like)
        downs = (before.T @ rows).split(ranks)
        flat: list[Any] = [dx, None]
        for da, db, types in zip(downs, parts, ctx.types, strict=True):
            flat += [None, None, None if db is None else da.to(types[0]), db]
        return tuple(flat)
