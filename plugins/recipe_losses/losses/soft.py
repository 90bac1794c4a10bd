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

from recipe_losses.losses.blocks import Found, within


class SoftEmbeddings:
    """All of e = p E, exactly."""

    def __init__(self, embedding: Tensor, points: int, dtype: torch.dtype) -> None:
        """Make room for the points of some examples; `embedding` is (V, D), detached."""
        self.embedding = embedding
        self.value = embedding.new_zeros(points, embedding.shape[1], dtype=dtype)
        self.gradient = torch.zeros_like(self.value)
        self.tail = self.value.new_zeros(())
        """Σ over points of the probability that Ē stands for."""

    @property
    def table(self) -> Tensor | None:
        """What the first sweep sums up, by probability."""
        return self.embedding

    def form(self, points: slice, found: Found, gold: Tensor, logits: Tensor | None) -> None:
        """Embed some points (n) from their sums, gold embeddings (n, D) and logits (n, V)."""
        del logits
        if found.sums is not None:
            self.value[points] = torch.addcmul(found.sums, found.p[:, None], gold)

    def finish(self) -> None:
        """End the first sweep: every point is formed."""

    def pull(self, gradient: Tensor) -> None:
        """Take ∂L/∂e (P, D) for the second."""
        self.gradient = gradient

    def slopes(self, points: slice, gold: Tensor) -> tuple[Tensor, Tensor]:
        """Return −e·g, and E_t·g of the gold tokens: each (n,)."""
        g = self.gradient[points]
        return -(self.value[points] * g).sum(-1), (gold * g).sum(-1)

    def weigh(
        self, points: slice, block: slice, p: Tensor, alpha: Tensor, beta: Tensor | None
    ) -> Tensor:
        """Return p ∘ (α + β p + E g) of a block of the vocabulary, in the place of p (n, width)."""
        low = self.gradient[points].to(self.embedding.dtype)
        factor = (low @ self.embedding[block].T).to(p.dtype).add_(alpha[:, None])
        if beta is not None:
            factor.addcmul_(p, beta[:, None])
        return p.mul_(factor)


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

    @property
    def table(self) -> Tensor | None:
        """Nothing: the likeliest are known only in the end."""
        return None

    def form(self, points: slice, found: Found, gold: Tensor, logits: Tensor | None) -> None:
        """Find the likeliest tokens of some points."""
        if logits is None:
            raise ValueError("the likeliest tokens are found in whole rows of logits")
        top = logits.topk(self.p.shape[1], -1, sorted=False)
        self.p[points] = top.values.to(self.p.dtype).sub_(found.log_norm[:, None]).exp_()
        self.token[points] = top.indices

    def finish(self) -> None:
        """End the first sweep: embed every point."""
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

    def slopes(self, points: slice, gold: Tensor) -> tuple[Tensor, Tensor]:
        """Return −Σ p c, and 0: what the gold token adds is in `weigh`."""
        own = -self.gradient[points].sum(-1)
        return own, torch.zeros_like(own)

    def weigh(
        self, points: slice, block: slice, p: Tensor, alpha: Tensor, beta: Tensor | None
    ) -> Tensor:
        """Return p ∘ (α + β p + c) of a block of the vocabulary, in the place of p (n, width)."""
        inside, column = within(self.token[points], block)
        own = self.gradient[points].masked_fill(~inside, 0)
        return plain_gradient(p, alpha, beta).scatter_add_(-1, column, own)


def plain_gradient(p: Tensor, alpha: Tensor, beta: Tensor | None) -> Tensor:
    """Return p ∘ (α + β p) in the place of p (n, width); α, β (n,)."""
    if beta is None:
        return p.mul_(alpha[:, None])
    return p.mul_(torch.addcmul(alpha[:, None], p, beta[:, None]))
