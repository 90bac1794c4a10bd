"""The numeric term: the number that the model's own digit distribution expects, no extra head."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class DigitVocabulary(NamedTuple):
    """The tokens that are digits, of a tokenizer that splits numbers into ones or groups."""

    token: Tensor
    """(K,) token ids, ascending."""
    value: Tensor
    """(K,) number each token spells: `7`, or `123` where digits are grouped."""
    length: Tensor
    """(K,) how many digits it has."""

    @classmethod
    def of(cls, strings: dict[int, str]) -> DigitVocabulary:
        """Pick the tokens whose text is ASCII digits alone; ValueError if a digit is missing."""
        digits = {i: s for i, s in sorted(strings.items()) if s.isascii() and s.isdigit()}
        if not {str(d) for d in range(10)} <= set(digits.values()):
            raise ValueError("the tokenizer has no token for some digit: `numeric` is undefined")
        return cls(
            torch.tensor(list(digits)),
            torch.tensor([float(s) for s in digits.values()]),
            torch.tensor([len(s) for s in digits.values()]),
        )

    def to(self, device: torch.device) -> DigitVocabulary:
        """Move to a device."""
        return DigitVocabulary(*(t.to(device) for t in self))


class NumericLoss(NamedTuple):
    """The value of every number and its gradient."""

    value: Tensor
    """(numbers,) squared errors."""
    gradient: Tensor
    """(P, K) gradients of their sum in the logits of the digit tokens."""


def numeric(
    logits: Tensor,
    target: Tensor,
    place: Tensor,
    number: Tensor,
    numbers: int,
    digits: DigitVocabulary,
) -> NumericLoss:
    """Return (log(1 + x̂) − log(1 + x))² for every number.

    x = Σ_i 10^place_i · value(t_i) is the gold number and x̂ = Σ_i 10^place_i · Σ_k q_ik value_k the
    expected one, q the distribution over the digit tokens as long as the gold one. It is 0 exactly
    where q is on the gold digits or errors cancel. Source: in the spirit of Zausinger et al.,
    Regress, Don't Guess: a Regression-like Loss on Number Tokens, arXiv 2411.02083.

    Args:
        logits: (P, K) logits of the digit tokens, where the gold token is one.
        target: (P,) gold tokens, all of them digits.
        place: (P,) power of ten of each token's last digit.
        number: (P,) index of each token's number.
        numbers: How many numbers there are.
        digits: The digit tokens.
    """
    column = torch.searchsorted(digits.token, target)
    fits = digits.length == digits.length[column][:, None]
    q = logits.masked_fill(~fits, -torch.inf).softmax(-1)
    value, power = digits.value.to(logits.dtype), 10.0 ** place.to(logits.dtype)
    expected = q @ value
    zero = logits.new_zeros(numbers)
    predicted = zero.index_add(0, number, power * expected)
    gold = zero.index_add(0, number, power * value[column])
    error = predicted.log1p() - gold.log1p()
    slope = (2 * error / (1 + predicted))[number] * power
    return NumericLoss(error.square(), slope[:, None] * q * (value - expected[:, None]))
