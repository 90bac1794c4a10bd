"""The divergence is tested by truths: known answers, laws, and geomloss as the oracle."""

from __future__ import annotations

import pytest
import torch
from geomloss import SamplesLoss
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from recipe_losses.losses import sinkhorn_divergence


def clouds(*sizes: int, dim: int = 5, seed: int = 0) -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(seed)
    width = max(sizes)
    x, y = torch.randn(2, len(sizes), width, dim, generator=generator, dtype=torch.float64)
    mask = torch.arange(width) < torch.tensor(sizes)[:, None]
    return x, y, mask


def divergence(x, y, mask, blur=0.3, diameter=12.0, **settings):
    return sinkhorn_divergence(x, y, mask, blur=blur, diameter=diameter, **settings)


def test_equals_geomloss_with_the_same_annealing():
    x, y, mask = clouds(7, 4, 1)
    x.requires_grad_()
    ours = divergence(x, y, mask)
    (ours_grad,) = torch.autograd.grad(ours.sum(), x)
    oracle = SamplesLoss("sinkhorn", p=2, blur=0.3, diameter=12.0, debias=True, scaling=0.5)
    for b, n in enumerate((7, 4, 1)):
        xb = x[b, :n].detach().requires_grad_()
        value = oracle(xb, y[b, :n])
        (gradient,) = torch.autograd.grad(value, xb)
        assert ours[b].item() == pytest.approx(value.item(), abs=1e-12)
        torch.testing.assert_close(ours_grad[b, :n], gradient, atol=1e-12, rtol=0)
        assert (ours_grad[b, n:] == 0).all()


def test_one_point_each_costs_half_the_squared_distance():
    x = torch.tensor([[[0.0, 0.0]]])
    y = torch.tensor([[[3.0, 4.0]]])
    value = divergence(x, y, torch.ones(1, 1, dtype=torch.bool))
    assert value.item() == pytest.approx(12.5, rel=1e-6)


def test_a_cloud_costs_nothing_against_itself():
    x, _, mask = clouds(6, 3)
    assert divergence(x, x, mask).abs().max() < 1e-12


def test_a_permuted_cloud_costs_nothing_until_order_has_a_weight():
    x, _, mask = clouds(6)
    permuted = x[:, [3, 1, 5, 0, 2, 4]]
    # Until the annealing has converged, rounding of the plan leaves a trace.
    assert divergence(permuted, x, mask).abs().item() < 1e-2
    assert divergence(permuted, x, mask, blur=0.01).abs().item() < 1e-6
    assert divergence(permuted, x, mask, order_weight=10.0).item() > 0.1


def test_is_symmetric_and_scales_with_the_square_of_length():
    x, y, mask = clouds(5, 2)
    value = divergence(x, y, mask)
    torch.testing.assert_close(value, divergence(y, x, mask))
    scaled = divergence(3 * x, 3 * y, mask, blur=0.9, diameter=36.0)
    torch.testing.assert_close(scaled, 9 * value)


def test_small_blur_finds_the_best_assignment():
    x, y, mask = clouds(8, seed=3)
    cost = torch.cdist(x[0], y[0]).square() / 2
    rows, columns = linear_sum_assignment(cost.numpy())
    best = cost[rows, columns].mean().item()
    value = divergence(x, y, mask, blur=0.01, scaling=0.9).item()
    assert value == pytest.approx(best, rel=1e-3)


def test_translation_of_a_gaussian_costs_half_its_square():
    x, _, mask = clouds(60, dim=2, seed=5)
    shift = torch.tensor([1.0, -2.0], dtype=torch.float64)
    value = divergence(x + shift, x, mask, blur=0.5, scaling=0.9)
    assert value.item() == pytest.approx(2.5, rel=1e-2)


def test_padding_and_batch_mates_change_nothing():
    x, y, mask = clouds(4, 9)
    alone = divergence(x[:1, :4], y[:1, :4], mask[:1, :4])
    x[0, 4:], y[0, 4:] = 1e6, -1e6
    assert divergence(x, y, mask)[0].item() == pytest.approx(alone.item(), rel=1e-12)


def test_an_empty_cloud_is_a_zero_that_keeps_the_graph():
    x, y, mask = clouds(3, 1)
    mask[1] = False
    x.requires_grad_()
    value = divergence(x, y, mask)
    assert value[1] == 0
    value.sum().backward()
    assert (x.grad[1] == 0).all()
    empty = divergence(x, y, torch.zeros_like(mask))
    assert empty.requires_grad
    assert (empty == 0).all()


@settings(max_examples=200)
@given(
    st.integers(1, 9), st.integers(1, 6), st.floats(1e-3, 1e3), st.floats(0, 50), st.integers(0, 99)
)
def test_never_negative_never_nan(n, dim, spread, order_weight, seed):
    x, y, mask = clouds(n, dim=dim, seed=seed)
    x, y = spread * x, spread * y
    both = torch.cat([x, y], 1)
    reach = float((both.amax((0, 1)) - both.amin((0, 1))).norm())
    x.requires_grad_()
    value = divergence(x, y, mask, blur=0.1 * spread, diameter=reach, order_weight=order_weight)
    (gradient,) = torch.autograd.grad(value.sum(), x)
    assert gradient.isfinite().all()
    assert value.item() >= -1e-6 * max(1.0, spread**2)
