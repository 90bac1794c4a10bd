"""All token terms in one pass over chunks of the vocabulary-wide rows, gradient included.

Each term's gradient in the logits z is elementwise in p = softmax(z), so they add up to one:

    dz = p ∘ (α + β p + E g − e·g) − κ y,        dh = dz W,

with y the one-hot gold token, e = p E the soft embedding, g = ∂L/∂e at points of clouds (see
`soft`), S = Σ p², and, over the token terms f with their weights w (see `terms.token`):

    κ = Σ w ∂f/∂(−log p_t),    β = 2 Σ w ∂f/∂S,    α = κ − β S

Rows that no term asks for S or e are swept once over the vocabulary, with the gradient's sum as it
goes; the others twice, their logits kept for the second time as far as `chunk_bytes` go (see
`blocks`). The N × V logits never exist as a whole, and nothing waits for the device but what is
found out once: which rows are which, and how points fall into clouds.
"""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from recipe_losses.losses.blocks import Chunk, Found, add_product, tile_for
from recipe_losses.losses.clouds import EmbeddingScale, compare_clouds, on, whole_examples
from recipe_losses.losses.objective import MEASURES, TAIL_MASS, Objective
from recipe_losses.losses.rows import NUMERIC, Points, Rows
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
    """Size of the vocabulary-wide buffer, of which there is one at most."""


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
    """One evaluation."""

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
        terms = list(self.objective.token_terms())
        self.squares = [column for column, term in terms if term.looks_at_square()]
        self.tile = tile_for(head, plan.chunk_bytes, self.weights.element_size())
        self.most_kept = plan.chunk_bytes // (len(head) * head.element_size())
        self.most_kept = max(1, min(self.most_kept, self.tile.rows, len(hidden)))
        self.scratch = self.weights.new_empty(min(self.tile.rows, len(hidden)) * self.tile.columns)

    def run(self) -> tuple[Tensor, Tensor]:
        """Return the loss and the mean of every measure."""
        points, twice, once = self._partition()
        loss = self._clouds(points)
        for inside in _slices(len(twice), self.most_kept):
            self._twice(twice[inside])
        for inside in _slices(len(once), self.tile.rows):
            self._once(once[inside])
        for _, term in self.objective.numeric_terms():
            loss = loss + self._numbers(term)
        if self.head_gradient is not None:
            self.head_gradient = self.head_gradient.to(self.head.dtype)
        self.parts[TOKENS] = (self.rows.shares[:, TOKENS].to(self.dtype) * self.values).sum(0)
        loss = loss + (self.weights[:, TOKENS] * self.values).sum()
        return loss, self.parts / self.counts

    def _partition(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return the points of clouds, and the other rows that need two sweeps, or one."""
        point, weights = self.rows.at_clouds(), self.rows.weights
        seen = weights[:, TOKENS].any(-1) & ~point
        twice = seen & weights[:, self.squares].any(-1)
        if self.head_gradient is not None:
            twice = seen
        parts = point, twice, seen & ~twice
        return tuple(own.nonzero().squeeze(-1) for own in parts)  # type: ignore[return-value]

    @cached_property
    def room(self) -> Tensor:
        """The vocabulary-wide buffer: where logits wait for the second sweep."""
        return self.head.new_empty(self.most_kept, len(self.head))

    def _once(self, rows: Tensor) -> None:
        """Take rows whose gradient is κ (p − y): its sum is formed while they are normalised."""
        chunk, table = self._chunk(rows), None if self.hidden_gradient is None else self.head
        found = chunk.normalise(table, square=False)
        _, _, kappa = self._coefficients(rows, found)
        if self.hidden_gradient is not None and found.sums is not None:
            rest = kappa * torch.expm1(-found.nll)
            gold = self.head[chunk.target].to(self.dtype)
            gradient = found.sums.mul_(kappa[:, None]).addcmul_(rest[:, None], gold)
            self.hidden_gradient[rows] = gradient.to(self.hidden.dtype)

    def _twice(self, rows: Tensor) -> None:
        """Take rows of other token terms, no more than can be kept."""
        chunk = self._chunk(rows, keep=self.hidden_gradient is not None)
        found = chunk.normalise(None, square=bool(self.squares))
        self._gradients(rows, chunk, found)

    def _clouds(self, points: Tensor) -> Tensor:
        """Take the points of clouds, as many whole examples at a time as can be kept."""
        loss = self.weights.new_zeros(())
        if not len(points):
            return loss
        if self.plan.embedding is None or self.plan.scale is None:
            raise ValueError("a cloud term needs `embedding` and `scale`")
        known = self.rows.known(points)
        for run in whole_examples(known.example, self.most_kept):
            loss = loss + self._examples(points[run], known.part(run), self.plan.embedding.detach())
        return loss

    def _examples(self, points: Tensor, known: Points, embedding: Tensor) -> Tensor:
        """Sweep the points of some examples, compare their clouds, and sweep them again.

        Returns the weighted loss of the cloud terms.
        """
        soft = self._soft(embedding, len(points))
        gold = embedding[self.rows.target[points]].to(self.dtype)
        keep = self.hidden_gradient is not None or bool(self.objective.top_k)
        swept: list[tuple[slice, Chunk, Found]] = []
        for inside in _slices(len(points), self.most_kept):
            if swept:
                swept[-1][1].forget()
            chunk = self._chunk(points[inside], keep=keep)
            found = chunk.normalise(soft.table, square=bool(self.squares))
            soft.form(inside, found, gold[inside], chunk.room)
            swept.append((inside, chunk, found._replace(sums=None)))
        soft.finish()
        loss, pull = self._compare(points, known, soft.value, gold)
        soft.pull(pull)
        self.parts[MEASURES.index(TAIL_MASS)] += soft.tail
        # The last first: its logits are still there.
        for inside, chunk, found in reversed(swept):
            part = _Part(soft, inside, gold[inside])
            self._gradients(points[inside], chunk, found, part)
        return loss

    def _soft(self, embedding: Tensor, points: int) -> SoftEmbeddings:
        if not self.objective.top_k or self.plan.scale is None:
            return SoftEmbeddings(embedding, points, self.dtype)
        mean = self.plan.scale.mean.to(embedding.device, self.dtype)
        return TopEmbeddings(embedding, points, self.dtype, mean, self.objective.top_k)

    def _compare(
        self, points: Tensor, known: Points, soft: Tensor, gold: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return the weighted loss of clouds and its gradient in the soft embeddings (P, D)."""
        loss, pull = self.weights.new_zeros(()), torch.zeros_like(soft)
        assert self.plan.scale is not None
        for column, term in self.objective.cloud_terms():
            picked, seen = known.of(column)
            if not picked:
                continue
            own = on(points.device, picked)
            rows = points[own]
            result = compare_clouds(term, soft[own], gold[own], seen, self.plan.scale)
            # All points of a cloud belong to one task: any of them carries the cloud's weight.
            weight = result.value.new_zeros(len(result.value))
            weight[result.cloud] = self.weights[rows, column]
            pull[own] += weight[result.cloud, None] * result.gradient
            self.parts[column] += result.value.sum()
            loss = loss + (weight * result.value).sum()
        return loss, pull

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

    def _chunk(self, rows: Tensor, *, keep: bool = False) -> Chunk:
        hidden, target = self.hidden[rows], self.rows.target[rows]
        room = self.room[: len(rows)] if keep else None
        return Chunk(hidden, self.head, target, self.scratch, self.tile.columns, room)

    def _gradients(
        self, rows: Tensor, chunk: Chunk, found: Found, part: _Part | None = None
    ) -> None:
        """Record values, and sweep for the second time."""
        alpha, beta, kappa = self._coefficients(rows, found)
        if self.hidden_gradient is None:
            return
        by_gold = torch.zeros_like(alpha)
        if part is not None:
            by_all, by_gold = part.soft.slopes(part.points, part.gold)
            alpha = alpha + by_all
        sums = torch.zeros_like(chunk.hidden, dtype=self.dtype)
        for block, z in chunk.blocks():
            dz = chunk.exponentials(block, z, found.log_norm)
            if part is None:
                plain_gradient(dz, alpha, beta)
            else:
                part.soft.weigh(part.points, block, dz, alpha, beta)
            add_product(sums, dz, self.head[block])
            if self.head_gradient is not None:
                add_product(self.head_gradient[block], dz.T, chunk.hidden)
        factor = alpha + by_gold if beta is None else torch.addcmul(alpha + by_gold, beta, found.p)
        by_gold = (found.p * factor - kappa)[:, None]
        sums.addcmul_(by_gold, self.head[chunk.target].to(self.dtype))
        self.hidden_gradient[rows] = sums.to(self.hidden.dtype)
        if self.head_gradient is not None:
            self.head_gradient.index_add_(0, chunk.target, by_gold * chunk.hidden)

    def _coefficients(self, rows: Tensor, found: Found) -> tuple[Tensor, Tensor | None, Tensor]:
        """Record the rows' values and return α, β (None where it is 0) and κ."""
        credit = None if self.credits is None else self.credits[rows]
        gold = GoldRows(found.nll, found.square, credit)
        beta, kappa = None, torch.zeros_like(gold.nll)
        for column, term in self.objective.token_terms():
            if found.square is None and column in self.squares:
                continue  # of no weight on these rows
            weight, slopes = self.weights[rows, column], term.slopes(gold)
            self.values[rows, column] = slopes.value
            kappa = kappa + weight * slopes.by_nll
            if slopes.by_square is not None:
                own = 2 * weight * slopes.by_square
                beta = own if beta is None else beta + own
        return kappa if beta is None else kappa - beta * gold.square, beta, kappa


class _Part(NamedTuple):
    """Some of the soft embeddings of a run of examples."""

    soft: SoftEmbeddings
    points: slice
    gold: Tensor
    """(n, D) gold embeddings of these points."""


def _slices(length: int, size: int) -> list[slice]:
    """Cut a range into equal parts of at most `size`."""
    parts = -(-length // size)
    bounds = [length * part // max(parts, 1) for part in range(parts + 1)]
    return [slice(start, stop) for start, stop in pairwise(bounds)]
