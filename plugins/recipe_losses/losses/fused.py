"""All token terms in one pass over chunks of the vocabulary-wide rows, gradient included.

Each term's gradient in the logits z is elementwise in p = softmax(z), so they add up to one:

    dz = p ∘ (α + β p + E g − e·g) − κ y,        dh = dz W,

with y the one-hot gold token, e = p E the soft embedding, g = ∂L/∂e at points of clouds (see
`soft`), S = Σ p², and, over the token terms f with their weights w (see `terms.token`):

    κ = Σ w ∂f/∂(−log p_t),    β = 2 Σ w ∂f/∂S,    α = κ − β S

The N × V logits exist one chunk at a time, never as a whole, and nothing waits for the device.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from recipe_losses.losses.clouds import EmbeddingScale, compare_clouds
from recipe_losses.losses.objective import MEASURES, TAIL_MASS, Objective
from recipe_losses.losses.powers import exp_
from recipe_losses.losses.rows import NUMERIC, Rows
from recipe_losses.losses.soft import SoftEmbeddings, TopEmbeddings, plain_gradient
from recipe_losses.losses.terms import (
    TERMS,
    TOKEN_TERMS,
    DigitVocabulary,
    GoldRows,
    Numeric,
)

TOKENS = slice(0, len(TOKEN_TERMS))


class Plan(NamedTuple):
    """What the pass needs besides hidden states and head."""

    rows: Rows
    counts: Tensor
    """(len(MEASURES),) items to divide by."""
    objective: Objective
    embedding: Tensor | None
    scale: EmbeddingScale | None
    digits: DigitVocabulary | None
    chunk_bytes: int
    """Size of the vocabulary-wide buffer, of which there is one."""


class FusedLoss(torch.autograd.Function):
    """Loss and parts from (N, D) hidden states and a (V, D) head; see the module."""

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, head: Tensor, plan: Plan) -> tuple[Tensor, Tensor]:
        """Form the loss, its parts and, where they are needed, its gradients."""
        needs_hidden, needs_head = ctx.needs_input_grad[:2]
        one_pass = _Pass(hidden, head, plan, needs_hidden or needs_head, needs_head)
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
        self, hidden: Tensor, head: Tensor, plan: Plan, gradient: bool, head_gradient: bool
    ) -> None:
        self.hidden, self.head, self.plan = hidden, head, plan
        self.rows, self.objective = plan.rows, plan.objective
        self.dtype = torch.promote_types(hidden.dtype, torch.float32)
        self.counts = plan.counts.to(self.dtype).clamp_min(1)
        self.weights = self.rows.weights.to(self.dtype) / self.counts[: len(TERMS)]
        self.credits = self.rows.credits(self.dtype)
        self.hidden_gradient = torch.zeros_like(hidden) if gradient else None
        self.head_gradient = torch.zeros_like(head, dtype=self.dtype) if head_gradient else None
        self.values = self.weights.new_zeros(len(hidden), len(TOKEN_TERMS))
        self.parts = self.weights.new_zeros(len(MEASURES))
        self.log_norm = self.weights.new_zeros(len(hidden))
        row_bytes = head.shape[0] * self.weights.element_size()
        self.chunk = max(1, min(plan.chunk_bytes // row_bytes, len(hidden)))
        self.room = head.new_empty(self.chunk, head.shape[0])

    def run(self) -> tuple[Tensor, Tensor]:
        """Return the loss and the mean of every measure."""
        points, others = self._partition()
        loss, soft = self._clouds(points)
        for inside in _slices(len(points), self.chunk):
            self._rows(points[inside], soft, inside)
        for inside in _slices(len(others), self.chunk):
            self._rows(others[inside])
        for _, term in self.objective.numeric_terms():
            loss = loss + self._numbers(term)
        if self.head_gradient is not None:
            self.head_gradient = self.head_gradient.to(self.head.dtype)
        self.parts[TOKENS] = (self.rows.shares[:, TOKENS].to(self.dtype) * self.values).sum(0)
        loss = loss + (self.weights[:, TOKENS] * self.values).sum()
        return loss, self.parts / self.counts

    def _partition(self) -> tuple[Tensor, Tensor]:
        """Return the rows that are points of a cloud, and the others that a token term sees."""
        seen = self.rows.weights[:, TOKENS].any(-1)
        point = self.rows.at_clouds()
        return point.nonzero().squeeze(-1), (seen & ~point).nonzero().squeeze(-1)

    def _clouds(self, points: Tensor) -> tuple[Tensor, SoftEmbeddings | None]:
        """Phase 1: soft embeddings chunk by chunk, then every cloud of the batch at once.

        Returns the weighted loss and the soft embeddings, which hold their gradient.
        """
        loss = self.weights.new_zeros(())
        if not len(points):
            return loss, None
        plan = self.plan
        if plan.embedding is None or plan.scale is None:
            raise ValueError("a cloud term needs `embedding` and `scale`")
        embedding = plan.embedding.detach()
        soft = self._soft_embeddings(points, embedding, plan.scale)
        gold = embedding[self.rows.target[points]].to(self.dtype)
        pull = torch.zeros_like(soft.value)
        for column, term in self.objective.cloud_terms():
            own = (self.weights[points, column] > 0).nonzero().squeeze(-1)
            if not len(own):
                continue
            rows = points[own]
            example, group = self.rows.marks.example[rows], self.rows.marks.span_group
            group = None if group is None else group[rows]
            result = compare_clouds(term, soft.value[own], gold[own], example, group, plan.scale)
            # All points of a cloud belong to one task: any of them carries the cloud's weight.
            weight = result.value.new_zeros(len(result.value))
            weight[result.cloud] = self.weights[rows, column]
            pull[own] += weight[result.cloud, None] * result.gradient
            self.parts[column] = result.value.sum()
            loss = loss + (weight * result.value).sum()
        soft.pull(pull)
        self.parts[MEASURES.index(TAIL_MASS)] = soft.tail
        return loss, soft

    def _soft_embeddings(
        self, points: Tensor, embedding: Tensor, scale: EmbeddingScale
    ) -> SoftEmbeddings:
        """Form e at the points, and remember the normalisation of their rows."""
        if k := self.objective.top_k:
            mean = scale.mean.to(embedding.device, self.dtype)
            soft: SoftEmbeddings = TopEmbeddings(embedding, len(points), self.dtype, mean, k)
        else:
            soft = SoftEmbeddings(embedding, len(points), self.dtype)
        for inside in _slices(len(points), self.chunk):
            rows = points[inside]
            q, self.log_norm[rows] = self._unnormalised(self._logits(rows))
            soft.form(inside, q, q.sum(-1, keepdim=True))
        soft.finish()
        return soft

    def _numbers(self, term: Numeric) -> Tensor:
        """The numeric term: only the columns of digit tokens, at digits of numbers."""
        digits, (rows, number, numbers) = self.plan.digits, self.rows.digits()
        place = self.rows.marks.number_place
        if digits is None or place is None:
            raise ValueError("the numeric term needs `digits` and places")
        head, target = self.head[digits.token], self.rows.target[rows]
        logits = F.linear(self.hidden[rows], head).to(self.dtype)
        result = term.compare(logits, target, place[rows], number, numbers, digits)
        weight = result.value.new_zeros(numbers)
        weight[number] = self.weights[rows, NUMERIC]
        self.parts[NUMERIC] = result.value.sum()
        if self.hidden_gradient is not None:
            dz = (result.gradient * weight[number, None]).to(self.head.dtype)
            self.hidden_gradient[rows] += dz @ head
            if self.head_gradient is not None:
                self.head_gradient[digits.token] += dz.T @ self.hidden[rows]
        return (weight * result.value).sum()

    def _logits(self, rows: Tensor) -> Tensor:
        room = self.room[: len(rows)]
        return torch.mm(self.hidden[rows], self.head.T, out=room).to(self.dtype)

    @staticmethod
    def _unnormalised(logits: Tensor) -> tuple[Tensor, Tensor]:
        """Turn logits, in place, into exp(z − max z); return them with log Σ exp z."""
        largest = logits.amax(-1, keepdim=True)
        q = exp_(logits.sub_(largest))
        return q, largest.squeeze(-1) + q.sum(-1).log()

    def _rows(
        self, rows: Tensor, soft: SoftEmbeddings | None = None, inside: slice = slice(0)
    ) -> None:
        """Phase 2: values and gradients of some rows; with `soft`, of the points `inside` it."""
        z, target = self._logits(rows), self.rows.target[rows][:, None]
        gold_logit = z.gather(-1, target).squeeze(-1)
        if soft is None:
            q, log_norm = self._unnormalised(z)
            mass = q.sum(-1)
        else:
            log_norm = self.log_norm[rows]
            q, mass = exp_(z.sub_(log_norm[:, None])), torch.ones_like(log_norm)
        nll = (log_norm - gold_logit).clamp_min(0)
        credit = None if self.credits is None else self.credits[rows]
        alpha, beta, kappa = self._coefficients(rows, GoldRows(nll, q, mass, credit))
        if self.hidden_gradient is None:
            return
        if soft is None:
            beta = None if beta is None else beta / mass.square()
            dz = plain_gradient(q, alpha / mass, beta)
        else:
            dz = soft.logit_gradient(inside, q, alpha, beta)
        dz.scatter_add_(-1, target, -kappa[:, None])
        low = dz.to(self.head.dtype)
        self.hidden_gradient[rows] = low @ self.head
        if self.head_gradient is not None:
            self.head_gradient += low.T @ self.hidden[rows]

    def _coefficients(self, rows: Tensor, gold: GoldRows) -> tuple[Tensor, Tensor | None, Tensor]:
        """Record the rows' values and return α, β (None where it is 0) and κ."""
        beta, kappa = None, torch.zeros_like(gold.nll)
        for column, term in self.objective.token_terms():
            weight, slopes = self.weights[rows, column], term.slopes(gold)
            self.values[rows, column] = slopes.value
            kappa = kappa + weight * slopes.by_nll
            if slopes.by_square is not None:
                own = 2 * weight * slopes.by_square
                beta = own if beta is None else beta + own
        return kappa if beta is None else kappa - beta * gold.square, beta, kappa


def _slices(length: int, size: int) -> list[slice]:
    return [slice(start, min(start + size, length)) for start in range(0, length, size)]
