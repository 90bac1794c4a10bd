"""The control without transport."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from recipe_losses.losses.terms.base import Compared
from recipe_losses.losses.terms.cloud import CloudTerm


@dataclass(frozen=True)
class AlignedMse(CloudTerm):
    """The mean of ½‖x_i − y_i‖²: soft and gold embeddings matched by position."""

    name = "aligned_mse"

    def definition(self, x: Tensor, y: Tensor, diameter: float) -> Tensor:
        """Return the mean of ½‖x_i − y_i‖²."""
        return (x - y).square().sum(-1).mean() / 2

    def compare(self, x: Tensor, y: Tensor, mask: Tensor, diameter: float) -> Compared:
        """Return the same and (x_i − y_i) / n."""
        size = mask.sum(-1)
        value = (x - y).square().sum((1, 2)) / 2 / size
        return Compared(value, (x - y) / size[:, None, None])
