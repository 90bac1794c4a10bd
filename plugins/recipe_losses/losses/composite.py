"""The composite loss: every term of the objective on the tokens that are its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from recipe_losses.losses.objective import TERMS, Objective, Topology
from recipe_losses.losses.token_terms import cross_entropy, dice, focal
from recipe_losses.losses.topological import EmbeddingScale, topological

IGNORED = -100
TOPOLOGICAL = TERMS.index("topological")


class CompositeLoss(NamedTuple):
    """The loss and what it is made of."""

    loss: Tensor
    """Scalar that carries the graph."""
    parts: Tensor
    """(len(TERMS),) mean of every term over its items, before its weight, detached."""


class Rows(NamedTuple):
    """The positions that predict a token which is trained on, in order."""

    position: Tensor
    """(N,) flat index into the (B, T − 1) positions that have a next token."""
    target: Tensor
    """(N,) the next token."""
    example: Tensor
    """(N,) number of the next token's example, ascending."""
    weights: Tensor
    """(N, len(TERMS)) weight of every term."""

    @property
    def points(self) -> Tensor:
        """(N,) boolean: the rows that are points of a cloud."""
        return self.weights[:, TOPOLOGICAL] > 0


def composite_loss(
    hidden: Tensor,
    head: Tensor,
    labels: Tensor,
    *,
    objective: Objective,
    kind: Tensor,
    task: Tensor,
    example: Tensor,
    embedding: Tensor | None = None,
    scale: EmbeddingScale | None = None,
    item_counts: Tensor | None = None,
) -> CompositeLoss:
    """Return Σ_terms (Σ_items weight · value) / (number of the term's items).

    The items of a token term are the tokens whose task gives it a weight and whose span it is
    restricted to; those of the topological term are the examples that have such tokens.

    Args:
        hidden: (B, T, D) last hidden states.
        head: (V, D) weight of the output head.
        labels: (B, T) tokens, −100 where nothing is trained; the shift happens here and only here.
        objective: Terms, weights and settings.
        kind: (B, T) code of each token's span kind, 0 outside spans.
        task: (B, T) code of each token's task.
        example: (B, T) number of each token's example in the batch, ascending.
        embedding: (V, D) input embeddings; needed by the topological term.
        scale: Constants of `embedding`; needed by the topological term.
        item_counts: (len(TERMS),) items of each term in the whole optimizer step, over all
            micro-batches and processes; None counts those of this batch.

    Returns:
        The loss and its parts; zero, with a graph, if nothing is trained on.
    """
    rows = active_rows(labels, objective, kind, task, example)
    counts = _count(rows) if item_counts is None else item_counts
    logits = F.linear(hidden[:, :-1].flatten(0, 1)[rows.position], head)
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
    counts = counts.to(logits).clamp_min(1)
    loss, parts = logits.sum() * 0, logits.new_zeros(len(TERMS))
    for term, (weight, value) in _values(logits, rows, objective, embedding, scale).items():
        column = TERMS.index(term)
        loss = loss + (weight * value).sum() / counts[column]
        parts[column] = value.detach()[weight > 0].sum() / counts[column]
    return CompositeLoss(loss, parts)


def count_items(
    labels: Tensor, *, objective: Objective, kind: Tensor, task: Tensor, example: Tensor
) -> Tensor:
    """Return the number of items of every term in a batch: (len(TERMS),), as integers."""
    return _count(active_rows(labels, objective, kind, task, example))


def active_rows(
    labels: Tensor, objective: Objective, kind: Tensor, task: Tensor, example: Tensor
) -> Rows:
    """Select the positions whose next token is trained on: the one place of the label shift."""
    following = labels[:, 1:].flatten()
    index = (following != IGNORED).nonzero().squeeze(-1)

    def pick(per_token: Tensor) -> Tensor:
        return per_token[:, 1:].flatten()[index]

    weights = objective.row_weights(pick(task), pick(kind))
    return Rows(index, following[index], pick(example), weights)


def _count(rows: Rows) -> Tensor:
    counts = (rows.weights > 0).sum(0)
    counts[TOPOLOGICAL] = rows.example[rows.points].unique().numel()
    return counts


def _values(
    logits: Tensor,
    rows: Rows,
    objective: Objective,
    embedding: Tensor | None,
    scale: EmbeddingScale | None,
) -> dict[str, tuple[Tensor, Tensor]]:
    """Return, for every term in use, the weight and the value of each of its items."""
    values: dict[str, Callable[[], Tensor]] = {
        "cross_entropy": lambda: cross_entropy(logits, rows.target),
        "focal": lambda: focal(logits, rows.target, objective.gamma),
        "dice": lambda: dice(logits, rows.target, objective.epsilon),
    }
    found = {
        term: (rows.weights[:, TERMS.index(term)], value())
        for term, value in values.items()
        if objective.uses(term)
    }
    if objective.uses("topological"):
        if embedding is None or scale is None:
            raise ValueError("the topological term needs `embedding` and `scale`")
        found["topological"] = _divergences(logits, rows, embedding, scale, objective.topology)
    return found


def _divergences(
    logits: Tensor, rows: Rows, embedding: Tensor, scale: EmbeddingScale, topology: Topology
) -> tuple[Tensor, Tensor]:
    points = rows.points
    examples, cloud = rows.example[points].unique(return_inverse=True)
    value = topological(
        logits[points], rows.target[points], cloud, len(examples), embedding, scale, topology
    )
    # All points of a cloud belong to one task: any of them carries the cloud's weight.
    weight = logits.new_zeros(len(examples))
    weight[cloud] = rows.weights[points, TOPOLOGICAL].to(weight)
    return weight, value
