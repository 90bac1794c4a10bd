"""Soft embeddings e = p E of the points of clouds, and the way of their gradient back to logits.

With g = ∂L/∂e, the gradient in the logits is p ∘ (E g − e·g). `TopEmbeddings` stands in for the
tokens outside the k likeliest with the mean embedding Ē:

    e = Σ_{v ∈ K} p_v E_v + (1 − Σ_{v ∈ K} p_v) Ē,

so that its gradient is p ∘ (c − Σ_v p_v c_v), c_v = (E_v − Ē)·g in K and 0 elsewhere: no product
with the whole of E is left.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


class SoftEmbeddings:
    """All of e = p E, exactly."""

    def __init__(self, embedding: Tensor, points: int, dtype: torch.dtype) -> None:
        """Make room for the points of a batch; `embedding` is (V, D), detached."""
        self.embedding = embedding
        self.value = embedding.new_zeros(points, embedding.shape[1], dtype=dtype)
        self.gradient = torch.zeros_like(self.value)
        self.tail = self.value.new_zeros(())
        """Σ over points of the probability that Ē stands for."""

    def form(self, points: slice, q: Tensor, mass: Tensor) -> None:
        """Phase 1: embed some points from q (n, V) = p · mass (n, 1)."""
        self.value[points] = (q.to(self.embedding.dtype) @ self.embedding) / mass

    def finish(self) -> None:
        """End phase 1: every point is formed."""

    def pull(self, gradient: Tensor) -> None:
        """Take ∂L/∂e (P, D) for phase 2."""
        self.gradient = gradient

    def logit_gradient(
        self, points: slice, p: Tensor, alpha: Tensor, beta: Tensor | None
    ) -> Tensor:
        """Phase 2: return p ∘ (α + β p + E g − e·g) in the place of p (n, V)."""
        g = self.gradient[points]
        alpha = alpha - (self.value[points] * g).sum(-1)
        low, columns = g.to(self.embedding.dtype), _columns(p)
        room = low.new_empty(len(p), columns)
        for block, embedding in zip(
            p.split(columns, -1), self.embedding.split(columns), strict=True
        ):
            factor = torch.mm(low, embedding.T, out=room[:, : len(embedding)]).to(p.dtype)
            if beta is not None:
                factor.addcmul_(block, beta[:, None])
            block.mul_(factor.add_(alpha[:, None]))
        return p


class TopEmbeddings(SoftEmbeddings):
    """The k likeliest tokens exactly, the mean embedding for all others."""

    def __init__(
        self, embedding: Tensor, points: int, dtype: torch.dtype, mean: Tensor, k: int
    ) -> None:
        """As for `SoftEmbeddings`; `mean` (D,) is Ē."""
        super().__init__(embedding, points, dtype)
        self.mean = mean
        self.p = self.value.new_zeros(points, min(k, len(embedding)))
        self.token = torch.zeros_like(self.p, dtype=torch.long)

    def form(self, points: slice, q: Tensor, mass: Tensor) -> None:
        """Phase 1: find the likeliest tokens of some points."""
        top = q.topk(self.p.shape[1], -1, sorted=False)
        self.p[points], self.token[points] = top.values / mass, top.indices

    def finish(self) -> None:
        """End phase 1: embed every point."""
        with torch.enable_grad():
            self._weight = self.p.to(self.embedding.dtype).requires_grad_()
            self._near = F.embedding_bag(
                self.token, self.embedding, per_sample_weights=self._weight, mode="sum"
            )
        rest = (1 - self.p.sum(-1, keepdim=True)).clamp_min(0)
        self.value = self._near.detach().to(self.p.dtype) + rest * self.mean
        self.tail = rest.sum()

    def pull(self, gradient: Tensor) -> None:
        """Take ∂L/∂e and form p_v c_v of the likeliest tokens."""
        low = gradient.to(self.embedding.dtype)
        (c,) = torch.autograd.grad(self._near, self._weight, low)
        self.gradient = self.p * (c.to(self.p.dtype) - (gradient @ self.mean)[:, None])

    def logit_gradient(
        self, points: slice, p: Tensor, alpha: Tensor, beta: Tensor | None
    ) -> Tensor:
        """Phase 2: return p ∘ (α + β p + c − Σ p c) in the place of p (n, V)."""
        own = self.gradient[points]
        return plain_gradient(p, alpha - own.sum(-1), beta).scatter_add_(
            -1, self.token[points], own
        )


def plain_gradient(p: Tensor, alpha: Tensor, beta: Tensor | None) -> Tensor:
    """Return p ∘ (α + β p) in the place of p (n, V); α, β (n,)."""
    if beta is None:
        return p.mul_(alpha[:, None])
    for block in p.split(_columns(p), -1):
        block.mul_((block * beta[:, None]).add_(alpha[:, None]))
    return p


def _columns(p: Tensor) -> int:
    """How much of the vocabulary to work on at a time, lest a second buffer be as wide as it.

    What fits the cache of a CPU; few large kernels elsewhere.
    """
    return min(p.shape[1], 2048 if p.device.type == "cpu" else 32768)
