"""A collator that carries the span columns beside whatever another one collates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from recipe_losses.errors import RecipeLossError
from recipe_losses.losses.marks import OPTIONAL, PADDING

Example = dict[str, Any]
COLUMNS: dict[str, float] = {**PADDING, **OPTIONAL}


class SpanCollator:
    """Pad or pack the span columns like the tokens, and number the examples of a batch."""

    def __init__(
        self,
        inner: Callable[[Any], Any],
        *,
        needs_spans: bool,
        padding_side: str = "right",
        packed: bool = False,
    ) -> None:
        """Wrap a collator.

        Args:
            inner: Collates everything else; sees examples without our columns.
            needs_spans: Whether a term looks at spans: then rows without them are an error.
            padding_side: Where `inner` pads.
            packed: Whether `inner` lays several examples in one row.
        """
        self.inner, self.needs_spans = inner, needs_spans
        self.padding_side, self.packed = padding_side, packed

    def __call__(self, features: Sequence[Any], *args: Any, **kwargs: Any) -> Any:
        """Return the batch of `inner` with the columns of `losses.marks`."""
        # Copies: the columns are taken out, and a dataset may hand on the row that it keeps.
        features = [[dict(e) for e in f] if isinstance(f, list) else dict(f) for f in features]
        rows = self._rows(features)
        if self.needs_spans and not all(c in e for row in rows for e in row for c in PADDING):
            raise RecipeLossError(
                "a row has no span columns, but a term of `recipe_loss` looks at spans: "
                "give every dataset `type: recipe_losses.strategy`, outside Axolotl `hf.encode`"
            )
        lengths = [[len(example["input_ids"]) for example in row] for row in rows]
        examples = [example for row in rows for example in row]
        present = [c for c in COLUMNS if c in PADDING or any(brings(e, c) for e in examples)]
        columns = {
            c: [self._join(*row, c) for row in zip(rows, lengths, strict=True)] for c in present
        }
        for example in examples:
            for column in COLUMNS:
                example.pop(column, None)
        batch = self.inner(features, *args, **kwargs)
        width = batch["input_ids"].shape[1]
        for column, joined in columns.items():
            batch[column] = torch.stack([self._pad(row, width, COLUMNS[column]) for row in joined])
        batch["example"] = self._number(lengths, width)
        return batch

    def _rows(self, features: Sequence[Any]) -> list[list[Example]]:
        """Return the examples of each row of the batch."""
        if not self.packed:
            return [[example] for example in features]
        return [list(row) for row in (features if isinstance(features[0], list) else [features])]

    @staticmethod
    def _join(row: list[Example], lengths: list[int], column: str) -> Tensor:
        """Lay a column of a row's examples end to end."""
        parts = [
            np.asarray(example[column]) if brings(example, column)
            else np.full(length, COLUMNS[column])
            for example, length in zip(row, lengths, strict=True)
        ]  # fmt: skip
        dtype = torch.float32 if column in OPTIONAL else torch.long
        return torch.as_tensor(np.concatenate(parts), dtype=dtype)

    def _pad(self, row: Tensor, width: int, value: float) -> Tensor:
        missing = width - len(row)
        sides = (0, missing) if self.padding_side == "right" else (missing, 0)
        return torch.nn.functional.pad(row, sides, value=value)

    def _number(self, lengths: list[list[int]], width: int) -> Tensor:
        """Number the examples through the batch; padding goes with its neighbour."""
        numbers, first = [], 0
        for row in lengths:
            own = torch.arange(first, first + len(row)).repeat_interleave(torch.tensor(row))
            edge = int(own[-1] if self.padding_side == "right" else own[0])
            numbers.append(self._pad(own, width, edge))
            first += len(row)
        return torch.stack(numbers)


def brings(example: Example, column: str) -> bool:
    """Tell whether an example brings values of a column, which may be empty."""
    values = example.get(column)
    return values is not None and len(values) > 0


def span_collator(
    tokenizer: Any, *, inner_cls: Any, packed: bool, needs_spans: bool, **kwargs: Any
) -> Any:
    """Build a `SpanCollator` the way Axolotl builds collators: by class, tokenizer and settings."""
    return SpanCollator(
        inner_cls(tokenizer, **kwargs),
        needs_spans=needs_spans,
        padding_side=tokenizer.padding_side,
        packed=packed,
    )
