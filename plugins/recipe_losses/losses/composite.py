"""The composite loss: every term of the objective on the tokens that are its own."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from recipe_losses.losses.clouds import EmbeddingScale
from recipe_losses.losses.fused import FusedLoss, Plan
from recipe_losses.losses.marks import Marks
from recipe_losses.losses.objective import Objective
from recipe_losses.losses.rows import active_rows
from recipe_losses.losses.terms import TERMS, DigitVocabulary

CHUNK_BYTES = 112 << 20


class CompositeLoss(NamedTuple):
    """The loss and what it is made of."""

    loss: Tensor
    """Scalar that carries the graph."""
    parts: Tensor
    """(len(MEASURES),) mean of every term over its items before its weight, and the mean tail mass;
    detached."""


def composite_loss(
    hidden: Tensor,
    head: Tensor,
    labels: Tensor,
    *,
    objective: Objective,
    marks: Marks,
    embedding: Tensor | None = None,
    scale: EmbeddingScale | None = None,
    digits: DigitVocabulary | None = None,
    item_counts: Tensor | None = None,
    chunk_bytes: int = CHUNK_BYTES,
) -> CompositeLoss:
    """Return Σ_terms (Σ_items weight · value) / (number of the term's items).

    The items of a token term are the tokens whose task gives it a weight and whose span it is
    restricted to; those of a cloud term are the examples that have such tokens, those of the
    numeric term the numbers.
    `reference_loss` is the same in plain torch.

    Args:
        hidden: (B, T, D) last hidden states.
        head: (V, D) weight of the output head; gets a gradient if it requires one.
        labels: (B, T) tokens, −100 where nothing is trained; shifted by one inside.
        objective: Terms, weights and settings.
        marks: Span kind, task, example (and group, place) of every token.
        embedding: (V, D) input embeddings; needed by the cloud terms.
        scale: Constants of `embedding`; needed by the cloud terms.
        digits: The digit tokens; needed by the numeric term.
        item_counts: (len(MEASURES),) items of each measure in the whole optimizer step, over all
            micro-batches and processes; None counts those of this batch.
        chunk_bytes: Size of the vocabulary-wide buffer, of which there is one.

    Returns:
        The loss and its parts; zero, with a graph, if nothing is trained on.

    Raises:
        ValueError: if a term has a weight but not what it needs.
    """
    rows = active_rows(labels, objective, marks)
    counts = rows.counts(objective) if item_counts is None else item_counts.to(hidden.device)
    plan = Plan(rows, counts, objective, embedding, scale, digits, chunk_bytes)
    states = hidden[:, :-1].flatten(0, 1)[rows.position].to(head.dtype)
    # The pass chooses its own precision: autocast would lower what must stay in float32.
    with torch.autocast(hidden.device.type, enabled=False):
        loss, parts = FusedLoss.apply(states, head, plan)  # type: ignore[no-untyped-call]
    return CompositeLoss(loss, parts)


def gradient_squares(
    hidden: Tensor, head: Tensor, labels: Tensor, *, objective: Objective, **given: Any
) -> Tensor:
    """Return ‖∂(weight · term)/∂hidden‖² of every term: (len(TERMS),), 0 for those not in use.

    From them follows each term's share of the gradient, which its value does not tell. Takes what
    `composite_loss` takes, and its time once for every term. Squares of micro-batches add up to the
    square of the whole.
    """
    squares = hidden.new_zeros(len(TERMS), dtype=torch.promote_types(hidden.dtype, torch.float32))
    leaf = hidden.detach().requires_grad_()
    for column, term in enumerate(TERMS):
        if objective.uses(term):
            own = objective.only(term)
            with torch.enable_grad():
                loss = composite_loss(leaf, head.detach(), labels, objective=own, **given).loss
            (gradient,) = torch.autograd.grad(loss, leaf)
            squares[column] = gradient.to(squares.dtype).square().sum()
    return squares
