"""The Dice loss of one token's distribution."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from recipe_losses.losses.terms.base import setting
from recipe_losses.losses.terms.token import GoldRows, Slopes, TokenTerm


@dataclass(frozen=True)
class Dice(TokenTerm):
    """1 − (2 p_t + ε) / (S + 1 + ε), between 0 and 1; S = Σ_v p_v².

    The overlap of p with the one-hot gold vector, smoothed by ε; 0 where p is that vector.
    Source: Milletari et al., V-Net, arXiv 1606.04797, section 3, of one token's distribution.
    """

    name = "dice"
    epsilon: float = setting(1e-5, "Smoothing ε", gt=0, le=1)

    def definition(self, logits: Tensor, target: Tensor) -> Tensor:
        """Return 1 − (2 p_t + ε) / (S + 1 + ε)."""
        p = logits.softmax(-1)
        overlap = 2 * p.gather(-1, target[:, None]).squeeze(-1) + self.epsilon
        return (1 - overlap / (p.square().sum(-1) + 1 + self.epsilon)).clamp_min(0)

    def slopes(self, rows: GoldRows) -> Slopes:
        """Return the values, 2 p_t / Q and n / Q², with n = 2 p_t + ε and Q = S + 1 + ε."""
        overlap, size = 2 * rows.p + self.epsilon, rows.square + 1 + self.epsilon
        value = (1 - overlap / size).clamp_min(0)
        return Slopes(value, 2 * rows.p / size, overlap / size.square())
