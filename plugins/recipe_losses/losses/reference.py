"""The composite loss written as its definition: plain autograd over whole logits.

What `composite_loss` must equal; the oracle of the tests and a row of the benchmark.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from recipe_losses.losses.clouds import EmbeddingScale, unit_of
from recipe_losses.losses.marks import Marks
from recipe_losses.losses.objective import Objective
from recipe_losses.losses.rows import Rows, active_rows
from recipe_losses.losses.terms import CloudTerm, DigitVocabulary, Numeric


def reference_loss(
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
) -> Tensor:
    """Return what `composite_loss` returns as its loss, from (B, T, V) logits."""
    rows = active_rows(labels, objective, marks)
    counts = (rows.counts(objective) if item_counts is None else item_counts).clamp_min(1)
    logits = F.linear(hidden, head)[:, :-1].flatten(0, 1)[rows.position]
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
    loss = logits.sum() * 0
    for column, token_term in objective.token_terms():
        credit = [rows.credits(logits.dtype)] if token_term.needs_credit else []
        value = token_term.definition(logits, rows.target, *credit)
        loss = loss + (rows.weights[:, column] * value).sum() / counts[column]
    for column, cloud_term in objective.cloud_terms():
        assert embedding is not None
        assert scale is not None
        e = embedding.detach().to(logits.dtype)
        total = _clouds(cloud_term, column, logits, rows, e, scale, objective.top_k)
        loss = loss + total / counts[column]
    for column, number_term in objective.numeric_terms():
        assert digits is not None
        loss = loss + _numbers(number_term, column, logits, rows, digits) / counts[column]
    return loss


def _clouds(
    term: CloudTerm,
    column: int,
    logits: Tensor,
    rows: Rows,
    embedding: Tensor,
    scale: EmbeddingScale,
    top_k: int | None,
) -> Tensor:
    points, total = rows.points(column), logits.sum() * 0
    p, gold = logits[points].softmax(-1), embedding[rows.target[points]]
    if top_k:
        top = p.topk(min(top_k, p.shape[-1]), -1)
        p = torch.zeros_like(p).scatter(-1, top.indices, top.values)
    soft = p @ embedding + (1 - p.sum(-1, keepdim=True)) * embedding.mean(0)
    unit, example = unit_of(term, scale), rows.marks.example[points]
    for one in example.unique():
        own = example == one
        x, y = soft[own] / unit, gold[own] / unit
        if term.points == "group":
            assert rows.marks.span_group is not None
            groups = rows.marks.span_group[points][own]
            x, y = (torch.stack([t[groups == g].mean(0) for g in groups.unique()]) for t in (x, y))
        value = term.definition(x, y, scale.diameter / unit)
        total = total + rows.weights[points, column][own][0] * value
    return total


def _numbers(
    term: Numeric, column: int, logits: Tensor, rows: Rows, digits: DigitVocabulary
) -> Tensor:
    (picked, number, numbers), total = rows.digits(), logits.sum() * 0
    assert rows.marks.number_place is not None
    for index in range(numbers):
        own = picked[number == index]
        seen, place = logits[own][:, digits.token], rows.marks.number_place[own]
        value = term.definition(seen, rows.target[own], place, digits)
        total = total + rows.weights[own[0], column] * value
    return total
