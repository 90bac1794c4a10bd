"""The columns that travel beside the tokens: here they stand, and nowhere else.

Rows of a dataset bring all of them but `example`, which a collator adds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from torch import Tensor

PADDING = {"span_kind": 0, "loss_task": 0, "span_group": -1, "number": -1, "number_place": 0}
"""The columns of a dataset's row, and their values outside spans and where there is no token."""
OPTIONAL = {"credit": math.nan}
"""Columns that a row may leave empty, and their values where a token has none; a batch of which no
row brings one goes without it."""


class Marks(NamedTuple):
    """What is known of every token besides its label: (B, T), or (N,) of the rows of a pass."""

    span_kind: Tensor
    """Code of the token's span kind, 0 outside spans."""
    loss_task: Tensor
    """Code of the task of the token's example, 0 for none."""
    example: Tensor
    """Number of the token's example in the batch, ascending."""
    span_group: Tensor | None = None
    """Group of the token's span, −1 outside spans; needed for points that are groups."""
    number: Tensor | None = None
    """Index of the number that the token's digits are part of, −1 elsewhere."""
    number_place: Tensor | None = None
    """Power of ten of the last of those digits. Both are needed for the numeric term."""
    credit: Tensor | None = None
    """How much the token's span is to be commended, any real number, NaN without one."""

    @classmethod
    def from_batch(cls, batch: Mapping[str, Any]) -> Marks:
        """Gather them from a collated batch; ValueError without a column that every loss needs."""
        found: list[Any] = [batch.get(name) for name in cls._fields]
        for name, column in zip(cls._fields, found, strict=True):
            if column is None and name not in cls._field_defaults:
                raise ValueError(
                    f"a batch came without the column {name}: the collator is not the plugin's"
                )
        return cls(*found)

    def following(self, position: Tensor) -> Marks:
        """Return those of the tokens that come next, at flat positions of (B, T − 1)."""
        picked: list[Any] = [x if x is None else x[:, 1:].flatten()[position] for x in self]
        return Marks(*picked)
