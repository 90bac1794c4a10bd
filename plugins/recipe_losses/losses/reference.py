"""The composite loss written as its definition: plain autograd over whole logits.

What `composite_loss` must equal; the oracle of the tests and a row of the benchmark.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from recipe_losses.losses.clouds import Clouds, EmbeddingScale
from recipe_losses.losses.objective import TERMS, Objective
from recipe_losses.losses.rows import TOPOLOGICAL, active_rows
from recipe_losses.losses.token_terms import cross_entropy, dice, focal

Divergence = Callable[[Tensor, Tensor], Tensor]
"""From (n, D) soft and gold points of one cloud to a scalar."""


def reference_loss(
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
    divergence: Divergence | None = None,
) -> Tensor:
    """Return what `composite_loss` returns as its loss, from (B, T, V) logits.

    `divergence` compares the points of one cloud; it is needed by the topological term only.
    """
    rows = active_rows(labels, objective, kind, task, example)
    counts = (rows.counts() if item_counts is None else item_counts).clamp_min(1)
    logits = F.linear(hidden, head)[:, :-1].flatten(0, 1)[rows.position]
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
    terms = {
        "cross_entropy": cross_entropy(logits, rows.target),
        "focal": focal(logits, rows.target, objective.gamma),
        "dice": dice(logits, rows.target, objective.epsilon),
    }
    loss = logits.sum() * 0
    for term, value in terms.items():
        column = TERMS.index(term)
        loss = loss + (rows.weights[:, column] * value).sum() / counts[column]
    if objective.uses("topological") and embedding is not None and divergence is not None:
        points = rows.points
        e = embedding.detach().to(logits.dtype)
        soft, gold = logits[points].softmax(-1) @ e, e[rows.target[points]]
        clouds = Clouds.by(rows.example[points])
        for cloud in range(len(clouds.mask)):
            own = clouds.of_point == cloud
            weight = rows.weights[points, TOPOLOGICAL][own][0]
            loss = loss + weight * divergence(soft[own], gold[own]) / counts[TOPOLOGICAL]
    return loss
