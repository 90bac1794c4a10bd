"""What a run minimises: which terms, with which weights, on which tokens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from recipe_losses.losses.token_terms import TOKEN_TERMS, TokenTerm

CLOUD_TERMS = ("topological", "aligned_mse")
"""Terms whose items are the point clouds of examples."""
TERMS = (*(term.name for term in TOKEN_TERMS), *CLOUD_TERMS, "numeric")
"""Every term by name; the order of the columns of weights."""
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
class Geometry:
    """How a cloud term compares soft with gold embeddings."""

    points: Literal["token", "group"] = "token"
    """A point for every token, or one, their mean, for every group (an ingredient)."""
    cost_scale: Literal["absolute", "relative"] = "absolute"
    """`relative` divides costs by the embeddings' mean squared distance s²."""
    blur: float = 0.05
    """Standard deviation of the entropic blur, in units of distance: ε = blur²."""
    order_weight: float = 0.0
    """λ of the cost λ(i−j)²/n² for matching the i-th with the j-th of n points."""
    scaling: float = 0.5
    """Ratio of successive blurs in the annealing towards `blur`."""
    backend: Literal["own", "geomloss"] = "own"
    """Which Sinkhorn runs; geomloss goes cloud by cloud and knows no order."""


@dataclass(frozen=True)
class Objective:
    """Everything `composite_loss` needs to know besides tensors."""

    mixes: tuple[TaskMix, ...]
    spans: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """Codes of the span kinds a term is restricted to; a term that is absent sees every token."""
    settings: tuple[TokenTerm, ...] = ()
    """Token terms as they are set; one that is absent has its defaults."""
    topological: Geometry = field(default_factory=Geometry)
    aligned_mse: Geometry = field(default_factory=Geometry)
    span_weights: dict[int, float] = field(default_factory=dict)
    """How much more a token of a span kind counts in the mean of cross-entropy; 1 elsewhere."""
    top_k: int | None = None
    """Soft embeddings of the k likeliest tokens, the mean embedding for the rest; None is exact."""

    def uses(self, term: str) -> bool:
        """Tell whether any task gives `term` a weight."""
        return any(mix.weights[TERMS.index(term)] for mix in self.mixes)

    def token_terms(self) -> Iterator[tuple[int, TokenTerm]]:
        """Yield the column and the settings of every token term in use."""
        given = {term.name: term for term in self.settings}
        for column, term in enumerate(TOKEN_TERMS):
            if self.uses(term.name):
                yield column, given.get(term.name) or term()

    def only(self, term: str) -> Objective:
        """Return the same objective with every other term's weight set to zero."""
        column = TERMS.index(term)
        mixes = tuple(
            TaskMix(m.task, tuple(w * (i == column) for i, w in enumerate(m.weights)))
            for m in self.mixes
        )
        return replace(self, mixes=mixes)

    def row_weights(self, task: Tensor, kind: Tensor) -> tuple[Tensor, Tensor]:
        """Return the weight of every term on every row, and how much the row counts in its mean.

        Args:
            task: (N,) codes of the rows' tasks.
            kind: (N,) codes of the rows' span kinds.

        Returns:
            weights: (N, len(TERMS)), a term's weight in the row's task times the row's share,
                0 outside the term's spans.
            shares: (N, len(TERMS)), 1 where the term looks (or the row's span weight), else 0.
        """
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
        for span_kind, factor in self.span_weights.items():
            shares[kind == span_kind, TERMS.index("cross_entropy")] *= factor
        return weights * shares, shares
