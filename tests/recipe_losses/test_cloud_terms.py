"""Each registered cloud term: what it does to many clouds at once is its definition, one by one."""

from __future__ import annotations

import pytest
import torch

from recipe_losses.losses import CLOUD_TERMS, AlignedMse, Topological

DIAMETER = 12.0
SIZES = (7, 4, 1)
by_term = pytest.mark.parametrize(
    "term",
    [*(term() for term in CLOUD_TERMS), Topological(blur=0.3, order_weight=5.0)],
    ids=lambda t: f"{t.name}-ordered" if getattr(t, "order_weight", 0) else t.name,
)


def clouds(seed=0, dim=5):
    """Pairs of clouds of several sizes, zeros where no point is."""
    torch.manual_seed(seed)
    mask = torch.arange(max(SIZES)) < torch.tensor(SIZES)[:, None]
    x, y = torch.randn(2, len(SIZES), max(SIZES), dim, dtype=torch.float64) * mask[:, :, None]
    return x, y, mask


@by_term
def test_values_and_gradients_are_those_of_the_definition(term):
    x, y, mask = clouds()
    value, gradient = term.compare(x, y, mask, DIAMETER)
    for cloud, size in enumerate(SIZES):
        points = x[cloud, :size].clone().requires_grad_()
        expected = term.definition(points, y[cloud, :size], DIAMETER)
        (slope,) = torch.autograd.grad(expected, points)
        assert value[cloud].item() == pytest.approx(expected.item(), abs=1e-11)
        torch.testing.assert_close(gradient[cloud, :size], slope, atol=1e-11, rtol=0)
        assert (gradient[cloud, size:] == 0).all()


@by_term
def test_a_cloud_costs_nothing_against_itself_and_something_against_another(term):
    x, y, mask = clouds()
    assert term.compare(x, x, mask, DIAMETER).value.abs().max() < 1e-12
    assert (term.compare(x, y, mask, DIAMETER).value > 1e-3).all()


@by_term
def test_batch_mates_change_nothing(term):
    x, y, mask = clouds()
    value, gradient = term.compare(x, y, mask, DIAMETER)
    alone = term.compare(x[1:2, :4], y[1:2, :4], mask[1:2, :4], DIAMETER)
    torch.testing.assert_close(alone.value[0], value[1], rtol=1e-12, atol=0)
    torch.testing.assert_close(alone.gradient[0], gradient[1, :4], rtol=1e-10, atol=1e-13)


@by_term
@pytest.mark.parametrize("spread", [1e-4, 1e4])
def test_clouds_of_any_size_stay_finite(term, spread):
    x, y, mask = clouds()
    x, y = (spread * points.float() for points in (x, y))
    value, gradient = term.compare(x, y, mask, spread * DIAMETER)
    assert value.isfinite().all()
    assert gradient.isfinite().all()


def test_values_by_hand():
    x, y = torch.tensor([[0.0, 0.0], [1.0, 0.0]]), torch.tensor([[3.0, 4.0], [1.0, 2.0]])
    assert AlignedMse().definition(x, y, DIAMETER).item() == pytest.approx((12.5 + 2) / 2)
    one = torch.zeros(1, 2), torch.tensor([[3.0, 4.0]])
    assert Topological().definition(*one, DIAMETER).item() == pytest.approx(12.5)


def test_order_costs_what_the_formula_says():
    """Two far points in the wrong order: each stays, half the list away, at λ(½)²."""
    x = torch.tensor([[0.0, 0.0], [5.0, 0.0]], dtype=torch.float64)
    ordered = Topological(blur=0.01, order_weight=2.0, scaling=0.9)
    mask = torch.ones(1, 2, dtype=torch.bool)
    value = ordered.compare(x[None].flip(1), x[None], mask, DIAMETER).value
    assert value.item() == pytest.approx(2.0 * 0.5**2, rel=1e-3)
