"""What a run minimises: which terms, with which weights, on which tokens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import torch
from torch import Tensor

from recipe_losses.losses.marks import Marks
from recipe_losses.losses.terms import (
    CLOUD_TERMS,
    REGISTRY,
    TERMS,
    CloudTerm,
    Numeric,
    Term,
    TokenTerm,
)

TAIL_MASS = "tail_mass"
MEASURES = (*TERMS, TAIL_MASS)
"""What a pass reports the mean of, the order of counts and parts: every term over its items, and
over the tokens at points of clouds the probability that `top_k` leaves to the mean embedding."""


class TaskMix(NamedTuple):
    """The weights of one task's terms."""

    task: int | None
    """Code of the task; None for every task that has no mix of its own."""
    weights: tuple[float, ...]
    """One weight for each of `TERMS`."""


@dataclass(frozen=True)
class Objective:
    """Everything `composite_loss` needs to know besides tensors."""

    mixes: tuple[TaskMix, ...]
    spans: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """Codes of the span kinds a term is restricted to; a term that is absent sees every token."""
    settings: tuple[Term, ...] = ()
    """Terms as they are set; one that is absent has its defaults."""
    span_weights: dict[int, float] = field(default_factory=dict)
    """How much more a token of a span kind counts in the mean of cross-entropy; 1 elsewhere."""
    top_k: int | None = None
    """Soft embeddings of the k likeliest tokens, the mean embedding for the rest; None is exact."""

    def uses(self, term: str) -> bool:
        """Tell whether any task gives `term` a weight."""
        return any(mix.weights[TERMS.index(term)] for mix in self.mixes)

    def weight(self, term: str, task: int) -> float:
        """Return the weight of `term` on rows of a task, by its code."""
        weights = {mix.task: mix.weights[TERMS.index(term)] for mix in self.mixes}
        return weights.get(task, weights.get(None, 0.0))

    def has_clouds(self) -> bool:
        """Tell whether any task gives a cloud term a weight."""
        return any(self.uses(term.name) for term in CLOUD_TERMS)

    def terms(self) -> Iterator[tuple[int, Term]]:
        """Yield the column and the settings of every term in use."""
        given = {type(term): term for term in self.settings}
        for term in REGISTRY:
            if self.uses(term.name):
                yield TERMS.index(term.name), given.get(term) or term()

    def token_terms(self) -> Iterator[tuple[int, TokenTerm]]:
        """Yield those whose items are tokens."""
        return ((column, term) for column, term in self.terms() if isinstance(term, TokenTerm))

    def cloud_terms(self) -> Iterator[tuple[int, CloudTerm]]:
        """Yield those whose items are the clouds of examples."""
        return ((column, term) for column, term in self.terms() if isinstance(term, CloudTerm))

    def numeric_terms(self) -> Iterator[tuple[int, Numeric]]:
        """Yield the one whose items are numbers, if it is in use."""
        return ((column, term) for column, term in self.terms() if isinstance(term, Numeric))

    def only(self, term: str) -> Objective:
        """Return the same objective with every other term's weight set to zero."""
        column = TERMS.index(term)
        mixes = tuple(
            TaskMix(m.task, tuple(w * (i == column) for i, w in enumerate(m.weights)))
            for m in self.mixes
        )
        return replace(self, mixes=mixes)

    def row_weights(self, marks: Marks) -> tuple[Tensor, Tensor]:
        """Return the weight of every term on every row, and how much the row counts in its mean.

        Args:
            marks: Task, span kind and credit of the rows, each (N,).

        Returns:
            weights: (N, len(TERMS)), a term's weight in the row's task times the row's share,
                0 outside the term's spans and, for a term of credits, where there is none.
            shares: (N, len(TERMS)), 1 where the term looks (or the row's span weight), else 0.
        """
        task, kind = marks.loss_task, marks.span_kind
        default = next((m.weights for m in self.mixes if m.task is None), (0.0,) * len(TERMS))
        weights = torch.tensor(default, device=task.device).expand(len(task), -1).clone()
        for mix in self.mixes:
            if mix.task is not None:
                own = torch.tensor(mix.weights, device=task.device)
                weights = torch.where((task == mix.task)[:, None], own, weights)
        shares = (weights > 0).to(weights.dtype)
        for term, codes in self.spans.items():
            inside = torch.isin(kind, torch.tensor(codes, device=kind.device))
            shares[:, TERMS.index(term)] *= inside
        for column, token_term in self.token_terms():
            if token_term.needs_credit:
                shares[:, column] *= 0 if marks.credit is None else ~marks.credit.isnan()
        for span_kind, factor in self.span_weights.items():
            shares[kind == span_kind, TERMS.index("cross_entropy")] *= factor
        return weights * shares, shares
