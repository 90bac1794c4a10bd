"""The topological term: soft embeddings against gold embeddings, one pair of clouds an example."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from recipe_losses.losses.objective import Topology
from recipe_losses.losses.sinkhorn import sinkhorn_divergence


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


def topological(
    logits: Tensor,
    target: Tensor,
    cloud: Tensor,
    clouds: int,
    embedding: Tensor,
    scale: EmbeddingScale,
    topology: Topology,
) -> Tensor:
    """Return the Sinkhorn divergence of every cloud: (clouds,), in squared embedding units.

    x_i = p_i E is the soft embedding of what is predicted at point i, y_i = E[t_i] its gold one,
    E detached; see `sinkhorn_divergence`.

    Args:
        logits: (N, V) at the points.
        target: (N,) gold tokens of the points.
        cloud: (N,) index of each point's cloud, ascending, each of 0 … clouds − 1 present.
        clouds: Number of clouds.
        embedding: (V, D) input embeddings.
        scale: Constants of `embedding`.
        topology: Blur, order weight and cost scale.
    """
    e = embedding.detach().to(logits.dtype)
    unit = math.sqrt(scale.mean_squared_distance) if topology.cost_scale == "relative" else 1.0
    size = torch.bincount(cloud, minlength=clouds)
    place = torch.arange(len(cloud), device=cloud.device) - (size.cumsum(0) - size)[cloud]
    width = int(size.max()) if len(cloud) else 0
    shape = (clouds, width, e.shape[1])
    x = e.new_zeros(shape).index_put((cloud, place), logits.softmax(-1) @ e / unit)
    y = e.new_zeros(shape).index_put((cloud, place), e[target] / unit)
    mask = torch.arange(width, device=cloud.device) < size[:, None]
    return sinkhorn_divergence(
        x,
        y,
        mask,
        blur=topology.blur,
        diameter=scale.diameter / unit,
        order_weight=topology.order_weight,
        scaling=topology.scaling,
    )
