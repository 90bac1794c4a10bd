"""Attention whose backward is plain matrix products: what a CPU's bfloat16 units are made for.

torch's kernel for CPUs is fast forward, but its backward in bfloat16 takes several times as long
as the products that it is made of.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from transformers import AttentionInterface, AttentionMaskInterface

from recipe_losses.cpu.shared import LAYOUT, Layout
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
QUERIES = 96
"""Of one row that are attended at a time, at most: fewer see fewer keys in vain."""


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
    """Attend as `sdpa` does, with another backward where a gradient is needed.

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
    if layout is not None and not dropout and kwargs.get("position_bias") is None:
        attend: Any = LaidOut.apply
        return attend(query, key, value, layout, scaling), None
    plain = (
        not dropout
        and query.shape[2] == key.shape[2]
        and (attention_mask is None or attention_mask.dtype == torch.bool)
        and (attention_mask is not None or getattr(module, "is_causal", True))
        and kwargs.get("is_causal") is not False
        and kwargs.get("position_bias") is None
    )
    if plain and torch.is_grad_enabled() and query.requires_grad:
        attend = Attention.apply
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


class LaidOut(torch.autograd.Function):
    """Attention over a layout of rows: what they share, and each row over that and itself.

    Forward and backward are the plain products of `Attention`, for some queries at a time, over
    only those keys that one of them sees.
    """

    @staticmethod
    def forward(
        ctx: Any, query: Tensor, key: Tensor, value: Tensor, layout: Layout, scaling: float
    ) -> Tensor:
        """Attend; keep what goes in."""
        ctx.save_for_backward(query, key, value)
        ctx.layout, ctx.scaling = layout, scaling
        _, heads, length, width = query.shape
        attended = query.new_empty(1, length, heads, width)
        for own, queries in pieces(layout):
            q, k, v = grouped(query, queries, key.shape[1]), *(own.of(x) for x in (key, value))
            weights = weights_of(q, k, scaling, queries.stop - queries.start)
            part = torch.bmm(weights, v).view(heads, -1, width)
            attended[0, queries] = part.transpose(0, 1)
        return attended

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        """Form the weights anew, and the gradients."""
        query, key, value = ctx.saved_tensors
        scaling, kept = ctx.scaling, key.shape[1]
        dq, dk, dv = torch.empty_like(query), torch.zeros_like(key), torch.zeros_like(value)
        g = gradient.transpose(1, 2)
        for own, queries in pieces(ctx.layout):
            q, k, v = grouped(query, queries, kept), *(own.of(x) for x in (key, value))
            some = grouped(g, queries, kept)
            p = weights_of(q, k, scaling, queries.stop - queries.start)
            dz = softmax_backward(torch.bmm(some, v.transpose(1, 2)), p).mul_(scaling)
            dq[0, :, queries] = torch.bmm(dz, k).view(dq.shape[1], -1, dq.shape[3])
            own.add(dk, torch.bmm(dz.transpose(1, 2), q))
            own.add(dv, torch.bmm(p.transpose(1, 2), some))
        return dq, dk, dv, None, None


class Seen(NamedTuple):
    """Keys that some queries see: the shared ones, then those of their own row up to them."""

    shared: int
    start: int
    end: int

    def of(self, x: Tensor) -> Tensor:
        """Return them out of (1, kv_heads, N, d), as (kv_heads, n, d)."""
        if self.start == self.shared:
            return x[0, :, : self.end]
        return torch.cat([x[0, :, : self.shared], x[0, :, self.start : self.end]], 1)

    def add(self, whole: Tensor, part: Tensor) -> None:
        """Add their gradient (kv_heads, n, d) into that of all."""
        whole[0, :, : self.shared] += part[:, : self.shared]
        whole[0, :, self.start : self.end] += part[:, self.shared :]


def pieces(layout: Layout) -> Iterator[tuple[Seen, slice]]:
    """Yield queries that are attended at a time, and the keys that they see."""
    for first, end in [(0, layout.shared), *layout.spans()]:
        shared = layout.shared if first else 0
        count = -(-(end - first) // QUERIES)
        edges = [first + (end - first) * i // count for i in range(count + 1)] if count else []
        for start, stop in itertools.pairwise(edges):
            yield Seen(shared, first, stop), slice(start, stop)


def grouped(x: Tensor, queries: slice, kept: int) -> Tensor:
    """Return queries (or gradients) of (1, heads, N, d) by key head: (kv_heads, g·n, d)."""
    return x[0, :, queries].reshape(kept, -1, x.shape[-1])


def weights_of(q: Tensor, k: Tensor, scaling: float, count: int) -> Tensor:
    """Return softmax(s·q kᵀ), where the last `count` keys are the queries' own, causally."""
    scores = torch.bmm(q, k.transpose(1, 2)).mul_(scaling)
    own = scores.view(len(q), -1, count, k.shape[1])[..., -count:]
    own += torch.full((count, count), float("-inf"), dtype=q.dtype).triu_(1)
    return torch.softmax(scores, -1)


def hidden_of(mask: Tensor | None, length: int, like: Tensor) -> Tensor:
    """Return what is added to scores: 0 where a token is seen, the lowest number elsewhere.

    Not −∞: a row of padding may see nothing at all.
    """
    if mask is None:
        mask = torch.ones(1, 1, length, length, dtype=torch.bool).tril_()
    return torch.zeros(mask.shape, dtype=like.dtype).masked_fill_(
        ~mask, torch.finfo(like.dtype).min
    )
