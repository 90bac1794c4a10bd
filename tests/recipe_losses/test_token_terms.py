"""Each token term against its formula, by hand and by autograd."""

from __future__ import annotations

import math

import pytest
import torch
from torch.autograd import gradcheck

from recipe_losses.losses import cross_entropy, dice, focal

TERMS = [cross_entropy, focal, dice]


def logits_of(*probabilities: float) -> torch.Tensor:
    return torch.tensor([probabilities], dtype=torch.float64).log()


def test_values_by_hand():
    z, t = logits_of(0.5, 0.3, 0.2), torch.tensor([1])
    assert cross_entropy(z, t).item() == pytest.approx(-math.log(0.3))
    assert focal(z, t, gamma=2.0).item() == pytest.approx(-(0.7**2) * math.log(0.3))
    squares = 0.25 + 0.09 + 0.04
    assert dice(z, t, epsilon=0.5).item() == pytest.approx(1 - (0.6 + 0.5) / (squares + 1.5))


def test_focal_without_focus_is_cross_entropy():
    z, t = torch.randn(6, 9, dtype=torch.float64), torch.randint(9, (6,))
    torch.testing.assert_close(focal(z, t, gamma=0.0), cross_entropy(z, t))


def test_a_certain_and_right_prediction_costs_nothing():
    z, t = torch.tensor([[80.0, 0.0, 0.0]], dtype=torch.float64), torch.tensor([0])
    for term in TERMS:
        assert term(z, t).item() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("term", TERMS)
def test_gradient_is_that_of_the_formula(term):
    z = torch.randn(4, 7, dtype=torch.float64, requires_grad=True)
    assert gradcheck(lambda z: term(z, torch.tensor([0, 3, 6, 2])), z)


@pytest.mark.parametrize("term", TERMS)
@pytest.mark.parametrize("size", [1e4, -1e4])
def test_extreme_logits_stay_finite(term, size):
    z = torch.zeros(2, 5)
    z[:, 2] = size
    z.requires_grad_()
    value = term(z, torch.tensor([2, 0]))
    value.sum().backward()
    assert value.isfinite().all()
    assert z.grad is not None
    assert z.grad.isfinite().all()
