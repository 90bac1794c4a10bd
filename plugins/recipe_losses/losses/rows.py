"""Which positions are trained on, and with which weights."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from recipe_losses.losses.objective import CLOUD_TERMS, TERMS, Objective

IGNORED = -100
NUMERIC = TERMS.index("numeric")


class Marks(NamedTuple):
    """What is known of every token of a batch besides its label, each (B, T)."""

    kind: Tensor
    """Code of the token's span kind, 0 outside spans."""
    task: Tensor
    """Code of the token's task."""
    example: Tensor
    """Number of the token's example in the batch, ascending."""
    group: Tensor | None = None
    """Group of the token's span, −1 outside spans; needed for points that are groups."""
    number: Tensor | None = None
    """Index of the number that the token's digits are part of, −1 elsewhere."""
    place: Tensor | None = None
    """Power of ten of the last of those digits. Both are needed for the numeric term."""


class Rows(NamedTuple):
    """The positions that predict a token which is trained on, in order; all (N,) or (N, terms)."""

    position: Tensor
    """Flat index into the (B, T − 1) positions that have a next token."""
    target: Tensor
    """The next token."""
    example: Tensor
    """Number of the next token's example, ascending."""
    group: Tensor | None
    number: Tensor | None
    place: Tensor | None
    weights: Tensor
    """Weight of every term."""
    shares: Tensor
    """How much the row counts in every term's mean."""

    def points(self, term: str) -> Tensor:
        """Return the rows that a cloud term looks at, as indices."""
        return (self.weights[:, TERMS.index(term)] > 0).nonzero().squeeze(-1)

    def at_clouds(self) -> Tensor:
        """Tell which rows are points of any cloud term: (N,) boolean."""
        columns = [TERMS.index(term) for term in CLOUD_TERMS]
        return (self.weights[:, columns] > 0).any(-1)

    def digits(self) -> tuple[Tensor, Tensor, int]:
        """Return the rows that predict digits of numbers that the numeric term looks at.

        As indices, with the index of each one's number among all of them, and how many there are.
        """
        if self.number is None:
            raise ValueError("the numeric term needs the numbers of the tokens")
        rows = ((self.weights[:, NUMERIC] > 0) & (self.number >= 0)).nonzero().squeeze(-1)
        key = self.example[rows] * (1 << 20) + self.number[rows]
        numbers, of_row = key.unique(return_inverse=True)
        return rows, of_row, len(numbers)

    def counts(self, objective: Objective) -> Tensor:
        """Return the number of items of every measure: (len(MEASURES),)."""
        counts = torch.cat([self.shares.sum(0), self.at_clouds().sum()[None]])
        for term in CLOUD_TERMS:
            if objective.uses(term):
                counts[TERMS.index(term)] = self.example[self.points(term)].unique().numel()
        if objective.uses("numeric"):
            counts[NUMERIC] = self.digits()[2]
        return counts


def active_rows(labels: Tensor, objective: Objective, marks: Marks) -> Rows:
    """Select the positions whose next token is trained on: the one place of the label shift."""
    following = labels[:, 1:].flatten()
    position = (following != IGNORED).nonzero().squeeze(-1)

    def pick(per_token: Tensor) -> Tensor:
        return per_token[:, 1:].flatten()[position]

    def pick_if(per_token: Tensor | None) -> Tensor | None:
        return None if per_token is None else pick(per_token)

    weights, shares = objective.row_weights(pick(marks.task), pick(marks.kind))
    return Rows(
        position,
        following[position],
        pick(marks.example),
        pick_if(marks.group),
        pick_if(marks.number),
        pick_if(marks.place),
        weights,
        shares,
    )


def count_items(labels: Tensor, *, objective: Objective, marks: Marks) -> Tensor:
    """Return the number of items of every measure in a batch: (len(MEASURES),).

    Token terms count tokens (by their span weights), cloud terms examples that have points, the
    numeric term numbers, the tail mass the tokens at points of clouds.
    """
    return active_rows(labels, objective, marks).counts(objective)
