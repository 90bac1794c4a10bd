"""All token terms in one pass over chunks of the vocabulary-wide rows, gradient included.

Each term's gradient in the logits z is elementwise in p = softmax(z), so they add up to one:

    dz = p ∘ (α + β p + E g − e·g) − κ y,        dh = dz W,

with y the one-hot gold token, e = p E the soft embedding, g = ∂L/∂e at points of clouds, S = Σ p²,
Q = S + 1 + ε, n = 2 p_t + ε, A = (1 − p_t)^γ − γ p_t (1 − p_t)^(γ−1) log p_t, and the weights w:

    α = w_ce + w_f A + w_d (2 p_t / Q − 2 n S / Q²)
    β = 2 w_d n / Q²
    κ = w_ce + w_f A + 2 w_d p_t / Q

The N × V logits exist one chunk at a time, never as a whole, and nothing waits for the device.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from recipe_losses.losses.clouds import Clouds, EmbeddingScale, divergences
from recipe_losses.losses.objective import TERMS, Objective
from recipe_losses.losses.rows import TOPOLOGICAL

CE, FOCAL, DICE = (TERMS.index(term) for term in ("cross_entropy", "focal", "dice"))


class Task(NamedTuple):
    """What the pass needs besides hidden states and head."""

    target: Tensor
    """(N,) gold tokens."""
    example: Tensor
    """(N,) number of each row's example, ascending."""
    weights: Tensor
    """(N, len(TERMS)) weight of every term, 0 where it does not look."""
    counts: Tensor
    """(len(TERMS),) items to divide by."""
    embedding: Tensor | None
    scale: EmbeddingScale | None
    objective: Objective
    chunk_bytes: int
    """Size of the one vocabulary-wide buffer that the chunk length is chosen for."""


class FusedLoss(torch.autograd.Function):
    """Loss and parts from (N, D) hidden states and a (V, D) head; see the module."""

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, head: Tensor, task: Task) -> tuple[Tensor, Tensor]:
        """Form the loss, its parts and, where they are needed, its gradients."""
        needs_hidden, needs_head = ctx.needs_input_grad[:2]
        one_pass = _Pass(hidden, head, task, needs_hidden or needs_head, needs_head)
        loss, parts = one_pass.run()
        ctx.save_for_backward(one_pass.hidden_gradient, one_pass.head_gradient)
        ctx.mark_non_differentiable(parts)
        return loss, parts

    @staticmethod
    @once_differentiable
    def backward(
        ctx: Any, loss_gradient: Tensor, _: Tensor
    ) -> tuple[Tensor | None, Tensor | None, None]:
        """Scale the gradients that forward has formed."""
        hidden, head = ctx.saved_tensors
        return (
            None if hidden is None else hidden * loss_gradient.to(hidden.dtype),
            None if head is None else head * loss_gradient.to(head.dtype),
            None,
        )


class _Pass:
    """One evaluation: phase 1 over the points of clouds, phase 2 over all rows."""

    def __init__(
        self, hidden: Tensor, head: Tensor, task: Task, gradient: bool, head_gradient: bool
    ) -> None:
        self.hidden, self.head, self.task, self.gradient = hidden, head, task, gradient
        self.dtype = torch.promote_types(hidden.dtype, torch.float32)
        self.weights = task.weights.to(self.dtype)
        self.scaled = self.weights / task.counts.to(self.dtype).clamp_min(1)
        self.hidden_gradient = torch.zeros_like(hidden) if gradient else None
        self.head_gradient = torch.zeros_like(head, dtype=self.dtype) if head_gradient else None
        self.values = self.weights.new_zeros(len(hidden), 3)
        self.log_norm = self.weights.new_zeros(len(hidden))
        self.pull: Tensor | None = None
        row_bytes = head.shape[0] * self.weights.element_size()
        self.chunk = max(1, task.chunk_bytes // row_bytes)

    def run(self) -> tuple[Tensor, Tensor]:
        """Return the loss and the mean of every term."""
        points, others = self._partition()
        cloud_loss, cloud_value = self._clouds(points)
        for start in range(0, len(points), self.chunk):
            inside = slice(start, start + self.chunk)
            self._rows(points[inside], None if self.pull is None else self.pull[inside])
        for start in range(0, len(others), self.chunk):
            self._rows(others[start : start + self.chunk], None)
        if self.head_gradient is not None:
            self.head_gradient = self.head_gradient.to(self.head.dtype)
        token_loss = (self.scaled[:, :3] * self.values).sum()
        counts = self.task.counts.to(self.dtype).clamp_min(1)
        seen = self.weights[:, :3] > 0
        parts = torch.cat([(self.values * seen).sum(0), cloud_value[None]]) / counts
        return token_loss + cloud_loss, parts

    def _partition(self) -> tuple[Tensor, Tensor]:
        """Return the rows that are points, and the others."""
        is_point = self.weights[:, TOPOLOGICAL] > 0
        if not self.task.objective.uses("topological"):
            return is_point.new_zeros(0, dtype=torch.long), torch.arange(
                len(is_point), device=is_point.device
            )
        return is_point.nonzero().squeeze(-1), (~is_point).nonzero().squeeze(-1)

    def _clouds(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """Phase 1: soft embeddings chunk by chunk, then one Sinkhorn for the whole batch."""
        zero = self.weights.new_zeros(())
        if not len(points):
            return zero, zero
        task = self.task
        if task.embedding is None or task.scale is None:
            raise ValueError("the topological term needs `embedding` and `scale`")
        embedding = task.embedding.detach()
        soft = self.weights.new_empty(len(points), embedding.shape[1])
        for start in range(0, len(points), self.chunk):
            rows = points[start : start + self.chunk]
            p, log_norm = self._unnormalised(self._logits(rows))
            self.log_norm[rows] = log_norm
            mass = p.sum(-1, keepdim=True)
            soft[start : start + self.chunk] = (p.to(embedding.dtype) @ embedding) / mass
        gold = embedding[task.target[points]].to(self.dtype)
        clouds = Clouds.by(task.example[points])
        value, pull = divergences(soft, gold, clouds, task.scale, task.objective.topology)
        # All points of a cloud belong to one task: any of them carries the cloud's weight.
        weight = value.new_zeros(len(value))
        weight[clouds.of_point] = self.scaled[points, TOPOLOGICAL]
        self.pull = pull * weight[clouds.of_point, None]
        return (weight * value).sum(), value.sum()

    def _logits(self, rows: Tensor) -> Tensor:
        return F.linear(self.hidden[rows], self.head).to(self.dtype)

    @staticmethod
    def _unnormalised(logits: Tensor) -> tuple[Tensor, Tensor]:
        """Turn logits, in place, into exp(z − max z); return them with log Σ exp z."""
        largest = logits.amax(-1, keepdim=True)
        q = logits.sub_(largest).exp_()
        return q, largest.squeeze(-1) + q.sum(-1).log()

    def _rows(self, rows: Tensor, pull: Tensor | None) -> None:
        """Phase 2: values and gradients of some rows; `pull` is g where they are points."""
        z, target = self._logits(rows), self.task.target[rows][:, None]
        gold_logit = z.gather(-1, target).squeeze(-1)
        if pull is None:
            q, log_norm = self._unnormalised(z)
            mass = q.sum(-1)
        else:
            log_norm = self.log_norm[rows]
            q, mass = z.sub_(log_norm[:, None]).exp_(), torch.ones_like(log_norm)
        nll = (log_norm - gold_logit).clamp_min(0)
        alpha, beta, kappa = self._coefficients(rows, nll, q, mass)
        if self.hidden_gradient is None:
            return
        dz = self._logit_gradient(q, alpha / mass, beta, mass, pull)
        dz.scatter_add_(-1, target, -kappa[:, None])
        low = dz.to(self.head.dtype)
        self.hidden_gradient[rows] = low @ self.head
        if self.head_gradient is not None:
            self.head_gradient += low.T @ self.hidden[rows]

    def _coefficients(
        self, rows: Tensor, nll: Tensor, q: Tensor, mass: Tensor
    ) -> tuple[Tensor, Tensor | None, Tensor]:
        """Record the rows' values and return α, β (None where it is 0) and κ."""
        objective, w = self.task.objective, self.scaled[rows]
        p, rest = (-nll).exp(), (-(-nll).expm1()).clamp_min(1e-12)
        alpha, kappa, beta = w[:, CE], w[:, CE], None
        values = [nll, torch.zeros_like(nll), torch.zeros_like(nll)]
        if objective.uses("focal"):
            gamma = objective.gamma
            values[1] = rest**gamma * nll
            slope = w[:, FOCAL] * (rest**gamma + gamma * p * rest ** (gamma - 1) * nll)
            alpha, kappa = alpha + slope, kappa + slope
        if objective.uses("dice"):
            square = torch.linalg.vector_norm(q, dim=-1).square() / mass.square()
            size, overlap = square + 1 + objective.epsilon, 2 * p + objective.epsilon
            values[2] = 1 - overlap / size
            pull = w[:, DICE] * 2 * p / size
            beta = w[:, DICE] * 2 * overlap / size.square()
            alpha, kappa = alpha + pull - beta * square, kappa + pull
        self.values[rows] = torch.stack(values, -1)
        return alpha, beta, kappa

    def _logit_gradient(
        self, q: Tensor, alpha: Tensor, beta: Tensor | None, mass: Tensor, pull: Tensor | None
    ) -> Tensor:
        """Return p ∘ (α + β p + E g − e·g) in the place of q; `alpha` is divided by the mass."""
        beta_q = None if beta is None else q * (beta / mass.square())[:, None]
        if pull is None:
            return q.mul_(alpha[:, None] if beta_q is None else beta_q.add_(alpha[:, None]))
        embedding = self.task.embedding
        assert embedding is not None
        factor = (pull.to(embedding.dtype) @ embedding.detach().T).to(q.dtype)
        # e·g = Σ_v p_v (E g)_v, from the same numbers as the row it centres.
        factor.add_((alpha - torch.linalg.vecdot(q, factor))[:, None])
        return q.mul_(factor if beta_q is None else factor.add_(beta_q))
