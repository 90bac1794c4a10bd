"""Credit by span: what answers with a positive credit did, more; with a negative one, less."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch.nn.functional as F
from torch import Tensor

from recipe_losses.losses.terms.base import setting
from recipe_losses.losses.terms.token import GoldRows, Slopes, TokenTerm


@dataclass(frozen=True)
class Credited(TokenTerm):
    """−c log p_t for a credit c ≥ 0, |c| max(0, log p_t − log f) for c < 0; in nats, ≥ 0.

    c is s times the credit of the token's span. Up to a constant this is −c log p_t, the policy
    gradient of a sampled answer whose spans have advantages of their own; but where c < 0 it ends
    at the floor f: a token with p_t ≤ f costs nothing and has no gradient. Else the gradient in the
    logits is c (p − y), y the one-hot vector of the token: of full size where p_t is small, so that
    without a floor it would push tokens down for ever that the model has long given up.
    Source: REINFORCE (Williams, 1992, Machine Learning 8, section 4) with a reward for each span.
    """

    name = "credited"
    needs_credit: ClassVar[bool] = True
    floor: float = setting(0.01, "Likelihood f that negative credits push down to", gt=0, lt=1)
    strength: float = setting(1.0, "Factor s of every credit", gt=0, le=1000)

    def definition(self, logits: Tensor, target: Tensor, credit: Tensor | None = None) -> Tensor:
        """Return the value for credits (N,), all of them 1 if not given."""
        nll = F.cross_entropy(logits, target, reduction="none")
        c = self.strength * (nll.new_ones(()) if credit is None else credit)
        return F.relu(c) * nll + F.relu(-c) * F.relu(-nll - math.log(self.floor))

    def slopes(self, rows: GoldRows) -> Slopes:
        """Return the values and c, 0 instead where c < 0 and p_t ≤ f."""
        c = self.strength * rows.credit
        above = -rows.nll - math.log(self.floor)
        value = c.clamp_min(0) * rows.nll - c.clamp_max(0) * above.clamp_min(0)
        return Slopes(value, c.where((c > 0) | (above > 0), 0))
