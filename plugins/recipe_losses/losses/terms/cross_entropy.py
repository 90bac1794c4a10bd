"""Cross-entropy."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from recipe_losses.losses.terms.token import GoldRows, Slopes, TokenTerm


@dataclass(frozen=True)
class CrossEntropy(TokenTerm):
    """−log p_t, in nats, ≥ 0."""

    name = "cross_entropy"

    def definition(self, logits: Tensor, target: Tensor) -> Tensor:
        """Return −log p_t."""
        return F.cross_entropy(logits, target, reduction="none")

    def slopes(self, rows: GoldRows) -> Slopes:
        """Return −log p_t and 1."""
        return Slopes(rows.nll, torch.ones_like(rows.nll))
