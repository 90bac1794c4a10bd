"""Terms that look at one token at a time: their closed form is two slopes for the fused pass.

With p = softmax(z), gold token t and y its one-hot vector, a term is a function of −log p_t and of
S = Σ_v p_v², which makes its gradient in the logits one elementwise form:

    dz = p ∘ (κ − β S + β p) − κ y,    κ = ∂/∂(−log p_t),  β = 2 ∂/∂S
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor

from recipe_losses.losses.terms.base import Term


class GoldRows:
    """What the fused pass knows of n rows of logits, in float32 or float64."""

    def __init__(self, nll: Tensor, square: Tensor | None, credit: Tensor | None = None) -> None:
        """Take −log p_t and S, if it is known, and credits, 1 if not given: each (n,)."""
        self.nll = nll
        self.credit = torch.ones_like(nll) if credit is None else credit
        self._square = square

    @cached_property
    def p(self) -> Tensor:
        """p_t: (n,)."""
        return (-self.nll).exp()

    @cached_property
    def rest(self) -> Tensor:
        """1 − p_t, never quite 0: (n,); from expm1, which keeps its digits where p_t is near 1."""
        return (-(-self.nll).expm1()).clamp_min(1e-12)

    @property
    def square(self) -> Tensor:
        """S = Σ_v p_v²: (n,)."""
        if self._square is None:
            raise ValueError("S is formed for terms that return a slope in it alone")
        return self._square


class Slopes(NamedTuple):
    """A term's value on every row and its two slopes, each (n,)."""

    value: Tensor
    by_nll: Tensor
    """∂ value / ∂ (−log p_t) with S fixed."""
    by_square: Tensor | None = None
    """∂ value / ∂ S with p_t fixed; None where the term does not look at S."""


@dataclass(frozen=True)
class TokenTerm(Term):
    """A term that looks at one token at a time."""

    needs_credit: ClassVar[bool] = False
    """Whether its items are only the tokens that have a credit: then it looks at `GoldRows.credit`,
    and the third argument of its definition is the same."""

    @abstractmethod
    def definition(self, logits: Tensor, target: Tensor) -> Tensor:
        """Return the value of every row (N,) from logits (N, V) and gold tokens (N,)."""

    @abstractmethod
    def slopes(self, rows: GoldRows) -> Slopes:
        """Return the same values and their slopes, in closed form."""

    def looks_at_square(self) -> bool:
        """Tell whether the term is a function of S too, which costs a second sweep of its rows."""
        none = torch.empty(0)
        return self.slopes(GoldRows(none, none)).by_square is not None
