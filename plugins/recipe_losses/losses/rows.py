"""Which positions are trained on, and with which weights."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from recipe_losses.losses.objective import TERMS, Objective

IGNORED = -100
TOPOLOGICAL = TERMS.index("topological")


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

    def counts(self) -> Tensor:
        """Return the number of items of every term: (len(TERMS),), as integers."""
        counts = (self.weights > 0).sum(0)
        counts[TOPOLOGICAL] = self.example[self.points].unique().numel()
        return counts


def active_rows(
    labels: Tensor, objective: Objective, kind: Tensor, task: Tensor, example: Tensor
) -> Rows:
    """Select the positions whose next token is trained on: the one place of the label shift."""
    following = labels[:, 1:].flatten()
    position = (following != IGNORED).nonzero().squeeze(-1)

    def pick(per_token: Tensor) -> Tensor:
        return per_token[:, 1:].flatten()[position]

    weights = objective.row_weights(pick(task), pick(kind))
    return Rows(position, following[position], pick(example), weights)


def count_items(
    labels: Tensor, *, objective: Objective, kind: Tensor, task: Tensor, example: Tensor
) -> Tensor:
    """Return the number of items of every term in a batch: (len(TERMS),), as integers."""
    return active_rows(labels, objective, kind, task, example).counts()
