"""Which positions are trained on, and with which weights."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from recipe_losses.losses.marks import Marks
from recipe_losses.losses.objective import Objective
from recipe_losses.losses.terms import CLOUD_TERMS, TERMS, Numeric

IGNORED = -100
NUMERIC = TERMS.index(Numeric.name)
CLOUDS = [TERMS.index(term.name) for term in CLOUD_TERMS]
"""Columns of the cloud terms."""


class Rows(NamedTuple):
    """The positions that predict a token which is trained on, in order; all (N,) or (N, terms)."""

    position: Tensor
    """Flat index into the (B, T − 1) positions that have a next token."""
    target: Tensor
    """The next token."""
    marks: Marks
    """Of the next token."""
    weights: Tensor
    """Weight of every term."""
    shares: Tensor
    """How much the row counts in every term's mean."""

    def points(self, column: int) -> Tensor:
        """Return the rows that a cloud term looks at, as indices."""
        return (self.weights[:, column] > 0).nonzero().squeeze(-1)

    def at_clouds(self) -> Tensor:
        """Tell which rows are points of any cloud term: (N,) boolean."""
        return (self.weights[:, CLOUDS] > 0).any(-1)

    def credits(self, dtype: torch.dtype) -> Tensor | None:
        """Return every row's credit, 0 where it has none: (N,); None where no row has one."""
        credit = self.marks.credit
        return None if credit is None else credit.to(dtype).nan_to_num(0.0)

    def digits(self) -> tuple[Tensor, Tensor, int]:
        """Return the rows that predict digits of numbers that the numeric term looks at.

        As indices, with the index of each one's number among all of them, and how many there are.
        """
        index = self.marks.number
        if index is None:
            raise ValueError("the numeric term needs the numbers of the tokens")
        rows = ((self.weights[:, NUMERIC] > 0) & (index >= 0)).nonzero().squeeze(-1)
        key = self.marks.example[rows] * (1 << 20) + index[rows]
        numbers, of_row = key.unique(return_inverse=True)
        return rows, of_row, len(numbers)

    def counts(self, objective: Objective) -> Tensor:
        """Return the number of items of every measure: (len(MEASURES),)."""
        counts = torch.cat([self.shares.sum(0), self.at_clouds().sum()[None]])
        for column, _ in objective.cloud_terms():
            counts[column] = self.marks.example[self.points(column)].unique().numel()
        if objective.uses("numeric"):
            counts[NUMERIC] = self.digits()[2]
        return counts


def active_rows(labels: Tensor, objective: Objective, marks: Marks) -> Rows:
    """Select the positions whose next token is trained on: the one place of the label shift."""
    following = labels[:, 1:].flatten()
    position = (following != IGNORED).nonzero().squeeze(-1)
    own = marks.following(position)
    weights, shares = objective.row_weights(own)
    return Rows(position, following[position], own, weights, shares)


def count_items(labels: Tensor, *, objective: Objective, marks: Marks) -> Tensor:
    """Return the number of items of every measure in a batch: (len(MEASURES),).

    Token terms count tokens (by their span weights), cloud terms examples that have points, the
    numeric term numbers, the tail mass the tokens at points of clouds.
    """
    return active_rows(labels, objective, marks).counts(objective)
