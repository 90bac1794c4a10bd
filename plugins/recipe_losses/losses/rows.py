"""Which positions are trained on, and with which weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from recipe_losses.losses.clouds import Seen
from recipe_losses.losses.marks import Marks
from recipe_losses.losses.objective import Objective
from recipe_losses.losses.terms import CLOUD_TERMS, TERMS, Numeric

IGNORED = -100
NUMERIC = TERMS.index(Numeric.name)
CLOUDS = [TERMS.index(term.name) for term in CLOUD_TERMS]
"""Columns of the cloud terms."""


@dataclass(frozen=True)
class Points:
    """Points of clouds, in order, as the host knows them: each a list of (P,)."""

    example: list[int]
    """Number of each one's example, ascending."""
    group: list[int] | None
    seen: dict[int, list[int]]
    """Whether each cloud term looks at it, by the term's column."""

    def part(self, run: slice) -> Points:
        """Return some of them."""
        group = None if self.group is None else self.group[run]
        return Points(self.example[run], group, {k: seen[run] for k, seen in self.seen.items()})

    def of(self, column: int) -> tuple[list[int], Seen]:
        """Return which of them a term looks at, as indices, and what is known of those."""
        own = [index for index, seen in enumerate(self.seen[column]) if seen]
        group = None if self.group is None else [self.group[index] for index in own]
        return own, Seen([self.example[index] for index in own], group)


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

    def known(self, points: Tensor) -> Points:
        """Fetch from the device what the host must know of points of clouds."""
        group = self.marks.span_group
        columns = [self.marks.example, *((self.weights[:, column] > 0) for column in CLOUDS)]
        columns += [] if group is None else [group]
        example, *seen = torch.stack([column[points].long() for column in columns]).tolist()
        groups = None if group is None else seen.pop()
        return Points(example, groups, dict(zip(CLOUDS, seen, strict=True)))

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
