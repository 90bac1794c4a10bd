"""Rows against the whole vocabulary, a block of it at a time.

A block of logits stays in the cache of a CPU while all is made of it that is needed, and the head
comes by once a sweep. The gold token t is left out of every sum: its share p_t is known to the last
digit, also where p_t is near 1, and is added at the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from recipe_losses.losses.powers import exp_above


class Tile(NamedTuple):
    """How many rows and columns of logits are worked on at a time."""

    rows: int
    columns: int


CACHE = Tile(1024, 2048)
"""On a CPU: what is made of a tile, and its part of the head, fit the last level of the cache."""
DEVICE = Tile(8192, 32768)
"""Elsewhere: few large kernels."""


def tile_for(head: Tensor, chunk_bytes: int, itemsize: int) -> Tile:
    """Return the tile for a head (V, D), of `chunk_bytes` at most."""
    best = CACHE if head.device.type == "cpu" else DEVICE
    columns = min(best.columns, len(head))
    return Tile(max(1, min(best.rows, chunk_bytes // (columns * itemsize))), columns)


class Found(NamedTuple):
    """What the first sweep finds of n rows."""

    nll: Tensor
    """−log p_t (n,)."""
    p: Tensor
    """p_t (n,)."""
    log_norm: Tensor
    """log Σ_v exp z_v (n,)."""
    square: Tensor | None
    """S = Σ_v p_v² (n,), where it was asked for."""
    sums: Tensor | None
    """Σ_{v≠t} p_v X_v (n, D) of a table X, where one was given."""


class Chunk:
    """Some rows of hidden states (n, D), the head (V, D) and the gold tokens (n,)."""

    def __init__(
        self,
        hidden: Tensor,
        head: Tensor,
        target: Tensor,
        scratch: Tensor,
        columns: int,
        room: Tensor | None = None,
    ) -> None:
        """Take a flat `scratch` of n · columns numbers or more, in the type of the sums.

        With `room` (n, V), in the type of the head, logits are kept there from the first sweep on.
        """
        self.hidden, self.head, self.target = hidden, head, target
        self._scratch, self._columns = scratch, columns
        self.room, self._is_kept = room, False

    def blocks(self) -> Iterator[tuple[slice, Tensor]]:
        """Yield the blocks of the vocabulary and their logits (n, width).

        Without `room` these may lie where `exponentials` puts its result.
        """
        for start in range(0, len(self.head), self._columns):
            block = slice(start, min(start + self._columns, len(self.head)))
            if self.room is not None and self._is_kept:
                yield block, self.room[:, block]
            else:
                yield block, self._logits(block)
        self._is_kept = self.room is not None

    def forget(self) -> None:
        """Leave the room to others: the next sweep forms its logits anew."""
        self.room, self._is_kept = None, False

    def _logits(self, block: slice) -> Tensor:
        weight = self.head[block].T
        if self.room is not None:
            return torch.mm(self.hidden, weight, out=self.room[:, block])
        if weight.dtype == self._scratch.dtype:
            return torch.mm(self.hidden, weight, out=self._place(block))
        return self.hidden @ weight

    def _place(self, block: slice) -> Tensor:
        n, width = len(self.hidden), block.stop - block.start
        return self._scratch[: n * width].view(n, width)

    def exponentials(self, block: slice, z: Tensor, shift: Tensor) -> Tensor:
        """Return exp(z − shift) of a block of logits (n, width), shift (n,), 0 at gold tokens."""
        q = exp_above(z, shift[:, None], out=self._place(block))
        inside, column = within(self.target[:, None], block)
        return q.scatter_(-1, column, q.gather(-1, column).masked_fill_(inside, 0))

    def normalise(self, table: Tensor | None, *, square: bool) -> Found:
        """Sweep once: normalise the rows, and sum up what is asked for.

        Args:
            table: X (V, D) of the sums, if any; see `Found`.
            square: Whether S is needed.
        """
        dtype, n = self._scratch.dtype, len(self.hidden)
        largest = self._scratch.new_full((n,), -torch.inf)
        total, squares, gold = (torch.zeros_like(largest) for _ in range(3))
        sums = None if table is None else largest.new_zeros(n, table.shape[1])
        for block, z in self.blocks():
            # As it is rounded here: with another rounding p_t could pass 1 in bfloat16.
            inside, column = within(self.target, block)
            gold = torch.where(inside, z.gather(-1, column[:, None])[:, 0].to(dtype), gold)
            former, largest = largest, torch.maximum(largest, z.amax(-1))
            q, shrink = self.exponentials(block, z, largest), (former - largest).exp_()
            total = total.mul_(shrink).add_(q.sum(-1))
            if square:
                norm: Tensor = torch.linalg.vector_norm(q, dim=-1)
                squares = squares.mul_(shrink.square()).add_(norm.square_())
            if sums is not None and table is not None:
                add_product(sums.mul_(shrink[:, None]), q, table[block])
        # log(1 + Σ_{v≠t} exp(z_v − z_t)) keeps all its digits where p_t is near 1.
        nll = torch.logaddexp(largest + total.log() - gold, torch.zeros_like(gold))
        p, log_norm = (-nll).exp_(), gold + nll
        share = (largest - log_norm).exp_()
        if sums is not None:
            sums.mul_(share[:, None])
        squares = squares.mul_(share.square_()).add_(p.square())
        return Found(nll, p, log_norm, squares if square else None, sums)


def within(token: Tensor, block: slice) -> tuple[Tensor, Tensor]:
    """Tell which tokens lie in a block, and return a column of it for each: theirs, or any."""
    column = token - block.start
    inside = (column >= 0) & (column < block.stop - block.start)
    return inside, column.masked_fill_(~inside, 0)


def add_product(sums: Tensor, factor: Tensor, table: Tensor) -> None:
    """Add factor · table to the sums; the product in the type of the table."""
    if table.dtype == sums.dtype:
        sums.addmm_(factor, table)
    else:
        sums += factor.to(table.dtype) @ table
