"""The numeric term: the number that the model's own digit distribution expects, no extra head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from recipe_losses.losses.terms.base import Compared, Term


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


@dataclass(frozen=True)
class Numeric(Term):
    """(log(1 + x̂) − log(1 + x))² of a number x, of which the model expects x̂.

    x = Σ_i 10^place_i · value(t_i) is the gold number and x̂ = Σ_i 10^place_i · Σ_k q_ik value_k the
    expected one, q the distribution over the digit tokens as long as the gold one. It is 0 exactly
    where q is on the gold digits or errors cancel. Source: in the spirit of Zausinger et al.,
    Regress, Don't Guess: a Regression-like Loss on Number Tokens, arXiv 2411.02083.
    """

    name = "numeric"

    def definition(
        self, logits: Tensor, target: Tensor, place: Tensor, digits: DigitVocabulary
    ) -> Tensor:
        """Return the value, a scalar, of one number; as `compare` takes them."""
        predicted, gold = logits.new_zeros(()), logits.new_zeros(())
        value = digits.value.to(logits.dtype)
        for row, token, power in zip(logits, target, 10.0 ** place.to(logits.dtype), strict=True):
            column = int((digits.token == token).nonzero())
            alike = digits.length == digits.length[column]
            predicted = predicted + power * (row[alike].softmax(-1) * value[alike]).sum()
            gold = gold + power * value[column]
        return (predicted.log1p() - gold.log1p()) ** 2

    def compare(
        self,
        logits: Tensor,
        target: Tensor,
        place: Tensor,
        number: Tensor,
        numbers: int,
        digits: DigitVocabulary,
    ) -> Compared:
        """Return the values (numbers,) and their gradients in the logits (P, K).

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
        gradient = slope[:, None] * q * (value - expected[:, None])
        return Compared(error.square(), gradient)
