"""The debiased Sinkhorn divergence between point clouds, for a whole batch at once."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def sinkhorn_divergence(
    x: Tensor,
    y: Tensor,
    mask: Tensor,
    *,
    blur: float,
    diameter: float,
    order_weight: float = 0.0,
    scaling: float = 0.5,
) -> Tensor:
    """Return S_ε(α, β) = W(α, β) − ½ W(α, α) − ½ W(β, β) for every pair of clouds.

    W is entropic optimal transport with the cost ½‖x_i − y_j‖² + λ(i − j)²/n², ε = blur², and
    uniform weights. The gradient reaches `x` only, by the envelope theorem, without going back
    through the iterations: ∂S/∂x_i = (T_xx(x)_i − T_xy(y)_i) / n, T the barycentric maps.

    Args:
        x: (B, n, D) predicted points.
        y: (B, n, D) gold points.
        mask: (B, n) boolean, true at points that exist; those of a cloud come first.
        blur: Standard deviation of the entropic blur, in units of distance, > 0.
        diameter: An upper bound of every distance; fixes the annealing, so that a cloud's value
            does not depend on the other clouds of its batch.
        order_weight: λ ≥ 0; at 0 a permuted cloud costs nothing, at ∞ points match by position.
        scaling: Ratio of successive blurs in the annealing, in (0, 1).

    Returns:
        (B,) divergences ≥ 0 up to convergence; 0, with a graph, for an empty cloud.

    Source: Feydy et al., Interpolating between Optimal Transport and MMD using Sinkhorn
    Divergences, arXiv 1810.08278; the annealing and its averaged updates are geomloss's.
    """
    with torch.no_grad():
        value, gradient = divergence_and_gradient(
            x, y, mask, blur, diameter, order_weight=order_weight, scaling=scaling
        )
    # The value is `value` and the gradient is `gradient`, exactly.
    return value + (gradient * (x - x.detach())).sum((1, 2))


def divergence_and_gradient(
    x: Tensor,
    y: Tensor,
    mask: Tensor,
    blur: float,
    diameter: float,
    *,
    order_weight: float = 0.0,
    scaling: float = 0.5,
) -> tuple[Tensor, Tensor]:
    """Return (B,) divergences and their (B, n, D) gradients in `x`; see `sinkhorn_divergence`."""
    count = mask.sum(-1, keepdim=True).clamp_min(1).to(x.dtype)
    log_weight = torch.where(mask, -count.log(), -torch.inf)
    order = order_weight * _order_cost(mask, count)
    cost_xy, cost_xx, cost_yy = (_cost(*pair) + order for pair in ((x, y), (x, x), (y, y)))
    cost_yx = cost_xy.transpose(1, 2)

    def scores(epsilon: float, cost: Tensor, potential: Tensor) -> Tensor:
        return (log_weight + potential / epsilon)[:, None, :] - cost / epsilon

    def softmin(epsilon: float, cost: Tensor, potential: Tensor) -> Tensor:
        value = -epsilon * scores(epsilon, cost, potential).logsumexp(-1)
        return torch.where(mask, value, 0.0)

    def barycentre(epsilon: float, cost: Tensor, potential: Tensor, points: Tensor) -> Tensor:
        plan = scores(epsilon, cost, potential).softmax(-1)
        return torch.where(mask[:, :, None], plan, 0.0) @ points

    epsilons, zero = _annealing(blur, diameter, scaling), torch.zeros_like(log_weight)
    f, g = softmin(epsilons[0], cost_xy, zero), softmin(epsilons[0], cost_yx, zero)
    a, b = softmin(epsilons[0], cost_xx, zero), softmin(epsilons[0], cost_yy, zero)
    for epsilon in epsilons:
        f_next, g_next = softmin(epsilon, cost_xy, g), softmin(epsilon, cost_yx, f)
        f, g = (f + f_next) / 2, (g + g_next) / 2
        a = (a + softmin(epsilon, cost_xx, a)) / 2
        b = (b + softmin(epsilon, cost_yy, b)) / 2
    # One last full update: the value and the gradient belong to the same potentials.
    epsilon = blur**2
    value = softmin(epsilon, cost_xy, g) - softmin(epsilon, cost_xx, a)
    value += softmin(epsilon, cost_yx, f) - softmin(epsilon, cost_yy, b)
    pull = barycentre(epsilon, cost_xx, a, x) - barycentre(epsilon, cost_xy, g, y)
    return (value / count).sum(-1), pull / count[:, :, None]


def _cost(x: Tensor, y: Tensor) -> Tensor:
    """Return ½‖x_i − y_j‖²: (B, n, n), never negative by rounding."""
    squares = x.square().sum(-1)[:, :, None] + y.square().sum(-1)[:, None, :]
    return (squares / 2 - x @ y.transpose(1, 2)).clamp_min(0)


def _order_cost(mask: Tensor, count: Tensor) -> Tensor:
    """Return (i − j)²/n² for the places of the points in their clouds: (B, n, n)."""
    place = torch.arange(mask.shape[1], device=mask.device, dtype=count.dtype) / count
    return (place[:, :, None] - place[:, None, :]).square()


def _annealing(blur: float, diameter: float, scaling: float) -> list[float]:
    """Return the ε of every iteration, from diameter² down to blur²."""
    diameter = max(diameter, blur)
    steps = math.ceil(math.log(blur / diameter) / math.log(scaling))
    between = [diameter * scaling**k for k in range(steps)]
    return [b**2 for b in (diameter, *between, blur)]
