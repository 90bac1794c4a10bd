"""The debiased Sinkhorn divergence between point clouds, for a whole batch at once."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from recipe_losses.losses.powers import LOG2_E


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
    settings = {"order_weight": order_weight, "scaling": scaling}
    value: Tensor = _Divergence.apply(x, y, mask, blur, diameter, settings)  # type: ignore[no-untyped-call]
    return value


class _Divergence(torch.autograd.Function):
    """The divergence with the gradient that forward has formed."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, *arguments: Any) -> Tensor:
        *clouds, settings = arguments
        value, gradient = divergence_and_gradient(x, *clouds, **settings)
        ctx.save_for_backward(gradient)
        return value

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, value_gradient: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = ctx.saved_tensors
        return gradient * value_gradient[:, None, None], None, None, None, None, None


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
    problems = _Problems(_costs(x, y).add_(order_weight * _order_cost(mask, count)), mask, count)
    epsilons = _annealing(blur, diameter, scaling)
    potential = problems.update(epsilons[0], problems.cost.new_zeros(problems.cost.shape[:-1]))
    for epsilon in epsilons:
        potential = (potential + problems.update(epsilon, potential)) / 2
    # One last full update: the value and the gradient belong to the same potentials.
    potential = problems.update(blur**2, potential)
    to_y, _, to_x, _ = problems.transport()
    gradient = (to_x @ x).baddbmm_(to_y, y, alpha=-1)
    of_x, of_y, of_x_alone, of_y_alone = potential
    return ((of_x - of_x_alone + of_y - of_y_alone) / count).sum(-1), gradient


OTHER_SIDE = [1, 0, 2, 3]
"""Whose potentials each of the four problems is updated from."""


class _Problems:
    """The four problems of a pair of clouds, which run as one: x to y, y to x, x to x, y to y."""

    def __init__(self, cost: Tensor, mask: Tensor, count: Tensor) -> None:
        """Take costs (4, B, n, n), the points that exist (B, n) and their number (B, 1)."""
        self.cost, self.mask, self.count = cost, mask, count
        self.log_weight = torch.where(mask, -count.log(), -torch.inf)
        self.plan = torch.empty_like(cost)
        """(4, B, n, n) share of each target in the last update of each point."""

    def update(self, epsilon: float, potential: Tensor) -> Tensor:
        """Return the potentials (4, B, n) that fit the other side's, 0 where no point is.

        −ε log Σ_j weight_j exp((potential_j − cost_ij) / ε), in powers of two.
        """
        other = (self.log_weight + potential[OTHER_SIDE] / epsilon) * LOG2_E
        exponent = torch.sub(other[:, :, None, :], self.cost, alpha=LOG2_E / epsilon, out=self.plan)
        largest = exponent.amax(-1, keepdim=True)
        total = exponent.sub_(largest).exp2_().sum(-1, keepdim=True)
        self.plan.div_(total)
        value = (total.log2_() + largest).squeeze(-1)
        return torch.where(self.mask, value * (-epsilon / LOG2_E), 0.0)

    def transport(self) -> Tensor:
        """Return how much of each point goes where (4, B, n, n); its rows sum up to 1/n."""
        return torch.where(self.mask[:, :, None], self.plan / self.count[:, :, None], 0.0)


def _costs(x: Tensor, y: Tensor) -> Tensor:
    """Return ½‖p_i − q_j‖² for (p, q) = (x, y), (y, x), (x, x), (y, y): (4, B, n, n)."""
    xy, xx, yy = (p @ q.transpose(1, 2) for p, q in ((x, y), (x, x), (y, y)))
    of_x, of_y = (own.diagonal(dim1=1, dim2=2) / 2 for own in (xx, yy))
    cost = torch.stack([xy, xy.transpose(1, 2), xx, yy]).neg_()
    cost += torch.stack([of_x, of_y, of_x, of_y])[:, :, :, None]
    cost += torch.stack([of_y, of_x, of_x, of_y])[:, :, None, :]
    return cost.clamp_min_(0)  # rounding must not make a cost negative


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
