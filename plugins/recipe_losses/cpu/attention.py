"""Attention whose backward is plain matrix products: what a CPU's bfloat16 units are made for.

torch's kernel for CPUs is fast forward, but its backward in bfloat16 takes several times as long
as the products that it is made of.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from transformers import AttentionInterface, AttentionMaskInterface

from recipe_losses.cpu.shared import LAYOUT
from recipe_losses.hosts.transformers import (
    attention_of,
    sdpa_attention_forward,
    sdpa_mask,
    softmax_backward,
)

NAME = "recipe_losses_cpu"
"""As transformers knows it."""
SCORE_BYTES = 16 << 20
"""Of the scores that are formed at a time: a cache's worth, and enough for all threads."""


def use_cpu_attention(model: Any) -> bool:
    """Replace `sdpa` in a causal model; tell whether it was."""
    if attention_of(model) != "sdpa":
        return False
    AttentionInterface.register(NAME, cpu_attention)
    AttentionMaskInterface.register(NAME, needed_mask)
    model.set_attn_implementation(NAME)
    return True


def needed_mask(
    *args: Any,
    attention_mask: Tensor | None = None,
    allow_is_causal_skip: bool = True,
    **kwargs: Any,
) -> Tensor | None:
    """Return `sdpa`'s mask; none for padding on the right alone, which no other token sees."""
    if attention_mask is not None and allow_is_causal_skip:
        seen = attention_mask.bool()
        if bool((seen[:, 1:] <= seen[:, :-1]).all()):
            attention_mask = None
    mask: Tensor | None = sdpa_mask(
        *args, attention_mask=attention_mask, allow_is_causal_skip=allow_is_causal_skip, **kwargs
    )
    return mask


def cpu_attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    **kwargs: Any,
) -> tuple[Tensor, None]:
    """Attend as `sdpa` does; where a gradient is needed, but in float32, with another backward.

    Args:
        module: The attention layer.
        query: (B, heads, T, d).
        key: (B, kv_heads, T, d).
        value: Like `key`.
        attention_mask: (B, 1, T, T), true where a token is seen; None for all before it.
        dropout: 0, or `sdpa` it is.
        scaling: Of the scores; 1/√d by default.
        **kwargs: What else `sdpa` takes.

    Returns:
        (B, T, heads, d), and no weights.
    """
    scaling = query.shape[-1] ** -0.5 if scaling is None else scaling
    layout = kwargs.pop(LAYOUT, None)
    if layout is not None:
        # As padded rows, each with what it shares: one call of a kernel costs less than many.
        q, k, v = (layout.spread(x) for x in (query, key, value))
        padded, _ = cpu_attention(module, q, k, v, None, dropout, scaling, **kwargs)
        return layout.gathered(padded), None
    plain = (
        not dropout
        and query.dtype != torch.float32  # there `sdpa`'s own was faster
        and query.shape[2] == key.shape[2]
        and (attention_mask is None or attention_mask.dtype == torch.bool)
        and (attention_mask is not None or getattr(module, "is_causal", True))
        and kwargs.get("is_causal") is not False
        and kwargs.get("position_bias") is None
    )
    if plain and torch.is_grad_enabled() and query.requires_grad:
        attend: Any = Attention.apply
        return attend(query, key, value, attention_mask, module, scaling), None
    forward: tuple[Tensor, None] = sdpa_attention_forward(
        module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **kwargs
    )
    return forward


class Attention(torch.autograd.Function):
    """softmax(s·q kᵀ + mask) v, forward by `sdpa`, backward by some rows of the batch at a time.

    With p the weights and g the gradient of the output, of each head:

        dv = pᵀ g,   dz = p ∘ (g vᵀ − rowsum(p ∘ g vᵀ)),   dq = s·dz k,   dk = s·dzᵀ q

    The heads that share keys lie side by side, so each product is one of larger matrices. p is
    formed anew: nothing of the size T × T is kept.
    """

    @staticmethod
    def forward(
        ctx: Any,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        mask: Tensor | None,
        module: nn.Module,
        scaling: float,
    ) -> Tensor:
        """Attend; keep what goes in."""
        ctx.save_for_backward(query, key, value, mask)
        ctx.scaling = scaling
        attended: Tensor = sdpa_attention_forward(
            module, query, key, value, mask, dropout=0.0, scaling=scaling
        )[0]
        return attended

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        """Form the weights anew, some rows at a time, and the gradients."""
        query, key, value, mask = ctx.saved_tensors
        batch, heads, length, _ = query.shape
        given = (query, key, value)
        gradients = tuple(map(torch.empty_like, given))
        hidden = hidden_of(mask, length, query)
        rows = max(1, SCORE_BYTES // (heads * length**2 * query.element_size()))
        for start in range(0, batch, rows):
            some = slice(start, start + rows)
            own = hidden if mask is None else hidden[some]
            q, k, v = (x[some] for x in given)
            parts = _backward(q, k, v, gradient[some], own, ctx.scaling)
            for whole, part in zip(gradients, parts, strict=True):
                whole[some] = part
        return *gradients, None, None, None


def _backward(
    query: Tensor, key: Tensor, value: Tensor, gradient: Tensor, hidden: Tensor, scaling: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Return dq, dk and dv of some rows; `hidden` is added to their scores."""
    rows, heads, length, width = query.shape
    kept = rows * key.shape[1]
    q = (query * scaling).reshape(kept, -1, width)
    g = gradient.transpose(1, 2).reshape(kept, -1, width)
    k, v = key.reshape(kept, length, width), value.reshape(kept, length, width)
    scores = torch.bmm(q, k.transpose(1, 2))
    scores.view(rows, heads, length, length).add_(hidden)
    p = torch.softmax(scores, -1)
    dz = torch.bmm(g, v.transpose(1, 2))
    dz = softmax_backward(dz, p)
    return (
        torch.bmm(dz, k).view(query.shape) * scaling,
        torch.bmm(dz.transpose(1, 2), q).view(key.shape),
        torch.bmm(p.transpose(1, 2), g).view(value.shape),
    )


def hidden_of(mask: Tensor | None, length: int, like: Tensor) -> Tensor:
    """Return what is added to scores: 0 where a token is seen, the lowest number elsewhere.

    Not −∞: a row of padding may see nothing at all.
    """
    if mask is None:
        mask = torch.ones(1, 1, length, length, dtype=torch.bool).tril_()
    return torch.zeros(mask.shape, dtype=like.dtype).masked_fill_(
        ~mask, torch.finfo(like.dtype).min
    )
