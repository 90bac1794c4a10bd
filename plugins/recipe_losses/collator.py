"""Collators that carry the span columns, padded or packed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from axolotl.utils.collators.batching import (
    DataCollatorForSeq2Seq,
    V2BatchSamplerDataCollatorForSeq2Seq,
)
from torch import Tensor

from recipe_losses.errors import RecipeLossError
from recipe_losses.spans import PADDING


@dataclass
class SpanCollator(DataCollatorForSeq2Seq):  # type: ignore[misc]
    """Pad the span columns like the tokens, and number the examples of a batch."""

    needs_spans: bool = True
    """Whether the run restricts a term to spans: then rows without them are an error."""

    def __call__(self, features: list[dict[str, Any]], return_tensors: str | None = None) -> Any:
        """Return the padded batch with the columns of `recipe_losses.spans`, and `example`."""
        if self.needs_spans and not all(c in f for f in features for c in PADDING):
            raise RecipeLossError(
                "a row has no span columns, but a term of `recipe_loss` is restricted to spans: "
                "give every dataset `type: recipe_losses.strategy`"
            )
        columns = {c: [f.pop(c, None) for f in features] for c in PADDING}
        batch = super().__call__(features, return_tensors=return_tensors)
        width = batch["input_ids"].shape[1]
        for column, rows in columns.items():
            batch[column] = torch.stack([self._pad(row, width, PADDING[column]) for row in rows])
        batch["example"] = self._number(batch)
        return batch

    def _pad(self, row: Any, width: int, value: int) -> Tensor:
        padded = torch.full((width,), value, dtype=torch.long)
        if row is not None:
            inside = (
                slice(0, len(row))
                if self.tokenizer.padding_side == "right"
                else (slice(width - len(row), width))
            )
            padded[inside] = torch.as_tensor(np.asarray(row), dtype=torch.long)
        return padded

    def _number(self, batch: Any) -> Tensor:
        rows, width = batch["input_ids"].shape
        return torch.arange(rows)[:, None].expand(rows, width).clone()


@dataclass
class PackedSpanCollator(V2BatchSamplerDataCollatorForSeq2Seq, SpanCollator):  # type: ignore[misc]
    """Several examples a row: a new one begins wherever positions start again at 0."""

    def _number(self, batch: Any) -> Tensor:
        starts: Tensor = batch["position_ids"].flatten() == 0
        return starts.cumsum(0).reshape(batch["position_ids"].shape)
