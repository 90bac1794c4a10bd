"""Clouds: the points of a batch by example, in a term's unit, and the way of gradients back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple

import torch
from torch import Tensor

from recipe_losses.losses.terms import CloudTerm


class EmbeddingScale(NamedTuple):
    """Constants of an embedding matrix that the terms need, computed once a model."""

    mean_squared_distance: float
    """s² = 2 (mean‖E_v‖² − ‖mean E_v‖²), over pairs of tokens."""
    diameter: float
    """Diagonal of the bounding box of all embeddings: no two soft embeddings are further apart."""
    mean: Tensor
    """(D,) mean embedding Ē."""


@torch.no_grad()
def embedding_scale(embedding: Tensor) -> EmbeddingScale:
    """Measure an embedding matrix E (V, D); raise ValueError if all its rows are equal."""
    dtype = torch.promote_types(embedding.dtype, torch.float32)
    total = embedding.new_zeros(embedding.shape[1], dtype=dtype)
    square = total.new_zeros(())
    # Block by block: no copy of the matrix in higher precision.
    for block in embedding.split(8192):
        total += block.sum(0, dtype=dtype)
        square += block.to(dtype).square().sum()
    mean = total / len(embedding)
    spread = 2 * (square / len(embedding) - mean.square().sum())
    diameter = (embedding.amax(0).to(dtype) - embedding.amin(0).to(dtype)).norm()
    if not diameter > 0 or not spread > 0:
        raise ValueError("the embedding matrix has no spread: cloud terms are undefined")
    return EmbeddingScale(float(spread), float(diameter), mean)


class Clouds(NamedTuple):
    """How the points of a batch, in order, fall into clouds."""

    of_point: Tensor
    """(P,) index of each point's cloud, ascending."""
    place: Tensor
    """(P,) place of each point in its cloud."""
    mask: Tensor
    """(clouds, n) boolean: the places that are taken."""

    @classmethod
    def by(cls, example: Sequence[int], device: torch.device) -> Clouds:
        """Make one cloud of the points of each example, which ascend."""
        sizes = [len(list(points)) for _, points in groupby(example)]
        of_point = [cloud for cloud, size in enumerate(sizes) for _ in range(size)]
        place = [place for size in sizes for place in range(size)]
        width = max(sizes, default=0)
        mask = [[place < size for place in range(width)] for size in sizes]
        return cls(*(on(device, column) for column in (of_point, place, mask)))

    def fill(self, points: Tensor) -> Tensor:
        """Lay (P, D) points out as (clouds, n, D), zeros where no point is."""
        laid = points.new_zeros((*self.mask.shape, points.shape[-1]))
        return laid.index_put((self.of_point, self.place), points)

    def collect(self, laid: Tensor) -> Tensor:
        """Undo `fill`."""
        return laid[self.of_point, self.place]


class Pooling(NamedTuple):
    """Tokens averaged to points: one point for each run of equal (example, group)."""

    of_token: Tensor
    """(P,) index of each token's point, ascending."""
    size: Tensor
    """(points,) tokens of each point."""

    @classmethod
    def by(cls, runs: Sequence[int], device: torch.device) -> Pooling:
        """Pool runs of so many tokens, in the order of the text."""
        of_token = [point for point, size in enumerate(runs) for _ in range(size)]
        return cls(on(device, of_token), on(device, runs))

    def mean(self, tokens: Tensor) -> Tensor:
        """Average (P, D) tokens to (points, D)."""
        summed = tokens.new_zeros(len(self.size), tokens.shape[-1])
        return summed.index_add_(0, self.of_token, tokens) / self.size[:, None]

    def spread(self, gradient: Tensor) -> Tensor:
        """Carry a gradient of `mean` back to its tokens."""
        return (gradient / self.size[:, None])[self.of_token]


class CloudLoss(NamedTuple):
    """The value of every cloud and its gradient."""

    value: Tensor
    """(clouds,) values."""
    gradient: Tensor
    """(P, D) gradients of their sum in the soft embeddings of the tokens."""
    cloud: Tensor
    """(P,) cloud of each token."""


class Seen(NamedTuple):
    """The tokens that a term looks at, as the host knows them; in order, each (P,)."""

    example: Sequence[int]
    """Number of each one's example, ascending."""
    group: Sequence[int] | None
    """Its group, for points that are groups."""


def compare_clouds(
    term: CloudTerm, soft: Tensor, gold: Tensor, seen: Seen, scale: EmbeddingScale
) -> CloudLoss:
    """Compare soft with gold embeddings (P, D) of tokens, cloud by cloud, in the term's unit."""
    unit, pooling, example = unit_of(term, scale), None, seen.example
    soft, gold = soft / unit, gold / unit
    if term.points == "group":
        if seen.group is None:
            raise ValueError("`points: group` needs the groups of spans")
        runs = [
            (own, len(list(run))) for own, run in groupby(zip(example, seen.group, strict=True))
        ]
        example = [own[0] for own, _ in runs]
        pooling = Pooling.by([size for _, size in runs], soft.device)
        soft, gold = pooling.mean(soft), pooling.mean(gold)
    clouds = Clouds.by(example, soft.device)
    x, y = clouds.fill(soft), clouds.fill(gold)
    value, gradient = term.compare(x, y, clouds.mask, scale.diameter / unit)
    pulled, cloud = clouds.collect(gradient) / unit, clouds.of_point
    if pooling is not None:
        pulled, cloud = pooling.spread(pulled), cloud[pooling.of_token]
    return CloudLoss(value, pulled, cloud)


def whole_examples(example: Sequence[int], most: int) -> list[slice]:
    """Cut points, whose examples ascend, into runs of whole examples.

    Each has `most` points at most, or is one example that alone has more.
    """
    runs: list[slice] = []
    stop = 0
    for _, points in groupby(example):
        start, stop = stop, stop + len(list(points))
        if runs and stop - runs[-1].start <= most:
            runs[-1] = slice(runs[-1].start, stop)
        else:
            runs.append(slice(start, stop))
    return runs


def on(device: torch.device, values: Sequence[Any]) -> Tensor:
    """Send numbers that the host knows to the device, without waiting for it."""
    return torch.tensor(values).to(device, non_blocking=True)


def unit_of(term: CloudTerm, scale: EmbeddingScale) -> float:
    """Return the length that a term measures embeddings in."""
    return math.sqrt(scale.mean_squared_distance) if term.cost_scale == "relative" else 1.0
