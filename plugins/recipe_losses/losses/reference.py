"""The composite loss written as its definition: plain autograd over whole logits.

What `composite_loss` must equal; the oracle of the tests and a row of the benchmark.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from recipe_losses.losses.numeric import DigitVocabulary
from recipe_losses.losses.objective import CLOUD_TERMS, TERMS, Objective
from recipe_losses.losses.rows import NUMERIC, Marks, Rows, active_rows

Divergence = Callable[[Tensor, Tensor], Tensor]
"""From (n, D) soft and gold points of one cloud to a scalar."""


def reference_loss(
    hidden: Tensor,
    head: Tensor,
    labels: Tensor,
    *,
    objective: Objective,
    marks: Marks,
    embedding: Tensor | None = None,
    digits: DigitVocabulary | None = None,
    item_counts: Tensor | None = None,
    divergences: dict[str, Divergence] | None = None,
) -> Tensor:
    """Return what `composite_loss` returns as its loss, from (B, T, V) logits.

    `divergences` compares the points of one cloud, for every cloud term in use.
    """
    rows = active_rows(labels, objective, marks)
    counts = (rows.counts(objective) if item_counts is None else item_counts).clamp_min(1)
    logits = F.linear(hidden, head)[:, :-1].flatten(0, 1)[rows.position]
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
    loss = logits.sum() * 0
    for column, token_term in objective.token_terms():
        value = token_term.definition(logits, rows.target)
        loss = loss + (rows.weights[:, column] * value).sum() / counts[column]
    for term in CLOUD_TERMS:
        if objective.uses(term) and embedding is not None and divergences is not None:
            e = embedding.detach().to(logits.dtype)
            total = _clouds(term, logits, rows, e, objective, divergences[term])
            loss = loss + total / counts[TERMS.index(term)]
    if objective.uses("numeric") and digits is not None:
        loss = loss + _numbers(logits, rows, digits) / counts[NUMERIC]
    return loss


def _clouds(
    term: str,
    logits: Tensor,
    rows: Rows,
    embedding: Tensor,
    objective: Objective,
    divergence: Divergence,
) -> Tensor:
    points, total = rows.points(term), logits.sum() * 0
    p, gold = logits[points].softmax(-1), embedding[rows.target[points]]
    if objective.top_k:
        top = p.topk(min(objective.top_k, p.shape[-1]), -1)
        p = torch.zeros_like(p).scatter(-1, top.indices, top.values)
    soft = p @ embedding + (1 - p.sum(-1, keepdim=True)) * embedding.mean(0)
    for example in rows.example[points].unique():
        own = rows.example[points] == example
        x, y = soft[own], gold[own]
        if getattr(objective, term).points == "group":
            assert rows.group is not None
            groups = rows.group[points][own]
            x, y = (torch.stack([t[groups == g].mean(0) for g in groups.unique()]) for t in (x, y))
        weight = rows.weights[points, TERMS.index(term)][own][0]
        total = total + weight * divergence(x, y)
    return total


def _numbers(logits: Tensor, rows: Rows, digits: DigitVocabulary) -> Tensor:
    (picked, number, numbers), total = rows.digits(), logits.sum() * 0
    assert rows.place is not None
    for index in range(numbers):
        predicted, gold = logits.new_zeros(()), logits.new_zeros(())
        for row in picked[number == index]:
            column = int((digits.token == rows.target[row]).nonzero())
            alike = digits.length == digits.length[column]
            q = logits[row, digits.token[alike]].softmax(-1)
            power = 10.0 ** rows.place[row].to(logits.dtype)
            value = digits.value.to(logits.dtype)
            predicted = predicted + power * (q * value[alike]).sum()
            gold = gold + power * value[column]
        weight = rows.weights[picked[number == index][0], NUMERIC]
        total = total + weight * (predicted.log1p() - gold.log1p()) ** 2
    return total
