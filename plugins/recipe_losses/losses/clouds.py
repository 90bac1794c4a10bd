"""The topological term: soft embeddings against gold embeddings, one pair of clouds an example."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from recipe_losses.losses.objective import Topology
from recipe_losses.losses.sinkhorn import divergence_and_gradient


class EmbeddingScale(NamedTuple):
    """Constants of an embedding matrix that the term needs, computed once a model."""

    mean_squared_distance: float
    """s² = 2 (mean‖E_v‖² − ‖mean E_v‖²), over pairs of tokens."""
    diameter: float
    """Diagonal of the bounding box of all embeddings: no two soft embeddings are further apart."""


@torch.no_grad()
def embedding_scale(embedding: Tensor) -> EmbeddingScale:
    """Measure an embedding matrix E (V, D); raise ValueError if all its rows are equal."""
    e = embedding.float()
    spread = 2 * (e.square().sum(-1).mean() - e.mean(0).square().sum())
    diameter = (e.amax(0) - e.amin(0)).norm()
    if not diameter > 0 or not spread > 0:
        raise ValueError("the embedding matrix has no spread: the topological term is undefined")
    return EmbeddingScale(float(spread), float(diameter))


class Clouds(NamedTuple):
    """How the points of a batch, in order, fall into clouds."""

    of_point: Tensor
    """(P,) index of each point's cloud, ascending."""
    place: Tensor
    """(P,) place of each point in its cloud."""
    mask: Tensor
    """(clouds, n) boolean: the places that are taken."""

    @classmethod
    def by(cls, example: Tensor) -> Clouds:
        """Make one cloud of the points of each example; `example` (P,) is ascending."""
        examples, of_point, size = example.unique(return_inverse=True, return_counts=True)
        first = size.cumsum(0) - size
        place = torch.arange(len(of_point), device=example.device) - first[of_point]
        width = int(size.max()) if len(examples) else 0
        mask = torch.arange(width, device=example.device) < size[:, None]
        return cls(of_point, place, mask)

    def fill(self, points: Tensor) -> Tensor:
        """Lay (P, D) points out as (clouds, n, D), zeros where no point is."""
        laid = points.new_zeros((*self.mask.shape, points.shape[-1]))
        return laid.index_put((self.of_point, self.place), points)

    def collect(self, laid: Tensor) -> Tensor:
        """Undo `fill`."""
        return laid[self.of_point, self.place]


def divergences(
    soft: Tensor, gold: Tensor, clouds: Clouds, scale: EmbeddingScale, topology: Topology
) -> tuple[Tensor, Tensor]:
    """Compare soft with gold embeddings (P, D), cloud by cloud.

    Returns:
        (clouds,) Sinkhorn divergences and (P, D) gradients of their sum in `soft`.
    """
    unit = math.sqrt(scale.mean_squared_distance) if topology.cost_scale == "relative" else 1.0
    value, gradient = divergence_and_gradient(
        clouds.fill(soft / unit),
        clouds.fill(gold / unit),
        clouds.mask,
        topology.blur,
        scale.diameter / unit,
        order_weight=topology.order_weight,
        scaling=topology.scaling,
    )
    return value, clouds.collect(gradient) / unit
