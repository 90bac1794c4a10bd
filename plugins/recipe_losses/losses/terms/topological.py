"""The topological term: optimal transport between two clouds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from recipe_losses.losses.sinkhorn import divergence_and_gradient
from recipe_losses.losses.terms.base import Compared, setting
from recipe_losses.losses.terms.cloud import CloudTerm

THESIS = {"blur": 0.05, "cost_scale": "absolute", "order_weight": 0.0, "points": "token"}


@dataclass(frozen=True)
class Topological(CloudTerm):
    """The debiased Sinkhorn divergence of `sinkhorn_divergence`."""

    name = "topological"
    preset: Literal["thesis"] | None = setting(
        None, "`thesis` fixes blur 0.05, cost ½‖x−y‖², a point a token, no order"
    )
    blur: float = setting(0.05, "Entropic blur, ε = blur²", gt=0, le=10)
    order_weight: float = setting(0.0, "λ of the cost λ(i−j)²/n²", ge=0)
    backend: Literal["own", "geomloss"] = setting(
        "own", "geomloss: the slow reference, cloud by cloud"
    )
    scaling: float = 0.5
    """Ratio of successive blurs in the annealing towards `blur`."""

    def __post_init__(self) -> None:
        """Raise ValueError for settings that contradict each other."""
        changed = [k for k, v in THESIS.items() if getattr(self, k) != v]
        if self.preset == "thesis" and changed:
            raise ValueError(
                f"preset `thesis` contradicts {', '.join(changed)}: remove the preset or those keys"
            )
        if self.backend == "geomloss" and self.order_weight:
            raise ValueError("geomloss knows no order_weight: remove one of the two")

    def definition(self, x: Tensor, y: Tensor, diameter: float) -> Tensor:
        """Return geomloss's divergence; a coordinate √(2λ) i/n more stands for the order."""
        place = torch.arange(len(x), dtype=x.dtype, device=x.device)[:, None] / len(x)
        order = (2 * self.order_weight) ** 0.5 * place
        x, y = (torch.cat([points, order], -1) for points in (x, y))
        value: Tensor = self._geomloss(diameter)(x, y)
        return value

    def compare(self, x: Tensor, y: Tensor, mask: Tensor, diameter: float) -> Compared:
        """Return the same by our own Sinkhorn, all clouds at once, or by geomloss one by one."""
        if self.backend == "geomloss":
            return self._one_by_one(x, y, mask, diameter)
        settings = {"order_weight": self.order_weight, "scaling": self.scaling}
        return Compared(*divergence_and_gradient(x, y, mask, self.blur, diameter, **settings))

    def _one_by_one(self, x: Tensor, y: Tensor, mask: Tensor, diameter: float) -> Compared:
        divergence = self._geomloss(diameter)
        value, gradient = x.new_zeros(len(x)), torch.zeros_like(x)
        for cloud, size in enumerate(mask.sum(-1).tolist()):
            with torch.enable_grad():
                points = x[cloud, :size].detach().requires_grad_()
                one = divergence(points, y[cloud, :size])
                (gradient[cloud, :size],) = torch.autograd.grad(one, points)
            value[cloud] = one.detach()
        return Compared(value, gradient)

    def _geomloss(self, diameter: float) -> Any:
        from geomloss import SamplesLoss

        settings = {"blur": self.blur, "diameter": diameter, "scaling": self.scaling}
        return SamplesLoss("sinkhorn", p=2, **settings)
