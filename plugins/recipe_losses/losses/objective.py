"""What a run minimises: which terms, with which weights, on which tokens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import torch
from torch import Tensor

TERMS = ("cross_entropy", "focal", "dice", "topological")
"""Every term by name; the order of the columns of weights, counts and parts."""


class TaskMix(NamedTuple):
    """The weights of one task's terms."""

    task: int | None
    """Code of the task; None for every task that has no mix of its own."""
    weights: tuple[float, ...]
    """One weight for each of `TERMS`."""


@dataclass(frozen=True)
class Topology:
    """How the point clouds of the topological term are compared."""

    blur: float = 0.05
    """Standard deviation of the entropic blur, in units of distance: ε = blur²."""
    order_weight: float = 0.0
    """λ of the cost λ(i−j)²/n² for matching the i-th with the j-th of n points."""
    cost_scale: Literal["absolute", "relative"] = "absolute"
    """`relative` divides costs by the embeddings' mean squared distance s²."""
    scaling: float = 0.5
    """Ratio of successive blurs in the annealing towards `blur`."""


@dataclass(frozen=True)
class Objective:
    """Everything `composite_loss` needs to know besides tensors."""

    mixes: tuple[TaskMix, ...]
    spans: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """Codes of the span kinds a term is restricted to; a term that is absent sees every token."""
    gamma: float = 2.0
    """Focusing exponent of the focal term."""
    epsilon: float = 1e-5
    """Smoothing of the Dice term."""
    topology: Topology = field(default_factory=Topology)

    def uses(self, term: str) -> bool:
        """Tell whether any task gives `term` a weight."""
        return any(mix.weights[TERMS.index(term)] for mix in self.mixes)

    def row_weights(self, task: Tensor, kind: Tensor) -> Tensor:
        """Return the weight of every term on every row.

        Args:
            task: (N,) codes of the rows' tasks.
            kind: (N,) codes of the rows' span kinds.

        Returns:
            (N, len(TERMS)): a term's weight in the row's task, 0 outside the term's spans.
        """
        default = next((m.weights for m in self.mixes if m.task is None), (0.0,) * len(TERMS))
        weights = torch.tensor(default, device=task.device).expand(len(task), -1).clone()
        for mix in self.mixes:
            if mix.task is not None:
                own = torch.tensor(mix.weights, device=task.device)
                weights = torch.where((task == mix.task)[:, None], own, weights)
        for term, codes in self.spans.items():
            inside = torch.isin(kind, torch.tensor(codes, device=kind.device))
            weights[:, TERMS.index(term)] *= inside
        return weights
