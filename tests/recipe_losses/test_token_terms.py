"""Each registered token term against its formula, by autograd; those of the thesis also by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch.autograd import gradcheck

from recipe_losses.losses import TOKEN_TERMS, CrossEntropy, Dice, Focal
from recipe_losses.losses.terms import GoldRows

by_term = pytest.mark.parametrize("term", [term() for term in TOKEN_TERMS], ids=lambda t: t.name)


def logits_of(*probabilities: float) -> torch.Tensor:
    return torch.tensor([probabilities], dtype=torch.float64).log()


def gold_rows(logits: torch.Tensor, target: torch.Tensor) -> GoldRows:
    """The rows as the fused pass sees them, with a graph to −log p_t and p."""
    nll = torch.nn.functional.cross_entropy(logits, target, reduction="none")
    return GoldRows(nll, logits.softmax(-1).square().sum(-1))


def test_values_by_hand():
    z, t = logits_of(0.5, 0.3, 0.2), torch.tensor([1])
    assert CrossEntropy().definition(z, t).item() == pytest.approx(-math.log(0.3))
    assert Focal(gamma=2.0).definition(z, t).item() == pytest.approx(-(0.7**2) * math.log(0.3))
    squares = 0.25 + 0.09 + 0.04
    dice = 1 - (0.6 + 0.5) / (squares + 1.5)
    assert Dice(epsilon=0.5).definition(z, t).item() == pytest.approx(dice)


def test_focal_without_focus_is_cross_entropy():
    z, t = torch.randn(6, 9, dtype=torch.float64), torch.randint(9, (6,))
    focal, cross_entropy = Focal(gamma=0.0), CrossEntropy()
    torch.testing.assert_close(focal.definition(z, t), cross_entropy.definition(z, t))


@by_term
def test_a_certain_and_right_prediction_costs_nothing(term):
    z, t = torch.tensor([[80.0, 0.0, 0.0]], dtype=torch.float64), torch.tensor([0])
    assert term.definition(z, t).item() == pytest.approx(0, abs=1e-12)
    assert term.definition(z, torch.tensor([1])).item() > 0.5


@by_term
def test_gradient_is_that_of_the_formula(term):
    z = torch.randn(4, 7, dtype=torch.float64, requires_grad=True)
    assert gradcheck(lambda z: term.definition(z, torch.tensor([0, 3, 6, 2])), z)


@by_term
def test_the_slopes_are_those_of_the_definition(term):
    torch.manual_seed(1)
    z = torch.randn(50, 7, dtype=torch.float64).mul(3).requires_grad_()
    t = torch.randint(7, (50,))
    value, by_nll, by_square = term.slopes(rows := gold_rows(z, t))
    expected = term.definition(z, t)
    torch.testing.assert_close(value, expected)
    slope = by_nll.detach() * rows.nll
    if by_square is not None:
        slope = slope + by_square.detach() * rows.square
    (ours,) = torch.autograd.grad(slope.sum(), z)
    (theirs,) = torch.autograd.grad(expected.sum(), z)
    torch.testing.assert_close(ours, theirs)


@by_term
@pytest.mark.parametrize("size", [1e4, -1e4])
def test_extreme_logits_stay_finite(term, size):
    z = torch.zeros(2, 5)
    z[:, 2] = size
    z.requires_grad_()
    t = torch.tensor([2, 0])
    value = term.definition(z, t)
    value.sum().backward()
    assert value.isfinite().all()
    assert z.grad is not None
    assert z.grad.isfinite().all()
    assert all(s is None or s.isfinite().all() for s in term.slopes(gold_rows(z.detach(), t)))
