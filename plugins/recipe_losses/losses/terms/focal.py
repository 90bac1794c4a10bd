"""The focal loss."""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from recipe_losses.losses.terms.base import setting
from recipe_losses.losses.terms.token import GoldRows, Slopes, TokenTerm


@dataclass(frozen=True)
class Focal(TokenTerm):
    """−(1 − p_t)^γ log p_t, in nats, between 0 and cross-entropy.

    Tokens that are known already count less; γ = 0 is cross-entropy.
    Source: Lin et al., Focal Loss for Dense Object Detection, arXiv 1708.02002, eq. 4.
    """

    name = "focal"
    gamma: float = setting(2.0, "Focusing exponent γ", ge=0, le=10)

    def definition(self, logits: Tensor, target: Tensor) -> Tensor:
        """Return −(1 − p_t)^γ log p_t."""
        nll = F.cross_entropy(logits, target, reduction="none")
        # 1 − p_t from expm1 keeps its digits where p_t is close to 1.
        return (-(-nll).expm1()).clamp_min(1e-12) ** self.gamma * nll

    def slopes(self, rows: GoldRows) -> Slopes:
        """Return the values and A = (1 − p_t)^γ − γ p_t (1 − p_t)^(γ−1) log p_t."""
        damped = rows.rest**self.gamma
        steep = self.gamma * rows.p * rows.rest ** (self.gamma - 1) * rows.nll
        return Slopes(damped * rows.nll, damped + steep)
