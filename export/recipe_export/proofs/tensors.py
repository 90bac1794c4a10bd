"""Every tensor of a GGUF file against the same tensor of a Hugging Face folder, value by value.

F32, F16 and BF16 are exact: each value must be the folder's, rounded once. Types of b bits are
grids that differ from block to block; whatever their refinements, none may put a value further from
where it was than one step of the plainest grid, 2^b points between ± the largest of the block:

    |file − folder| ≤ 2 · max |folder's block| / (2^b − 1)

(rounding to the nearest point errs by half a step, clipping the larger end of a lopsided grid by
nearly a whole one). A lost, exchanged or shifted block errs by its own values, (2^b − 1)/2 steps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from recipe_export.proofs.stored import FileWeights, FolderWeights
from recipe_export.verdict import Verdict

if TYPE_CHECKING:
    from torch import Tensor

EXACT = {"F32": "float32", "F16": "float16", "BF16": "bfloat16"}
LARGEST_ERROR = 1.0  # steps


class Block(NamedTuple):
    """Some rows of one tensor, on both sides as float32."""

    rows: slice
    file: Tensor
    folder: Tensor


class Comparison:
    """Hands on a GGUF file's tensors, and compares what it hands on: each is read once.

    With `imported` the folder was made from the file, and it is the folder's type that rounds.
    """

    def __init__(self, file: FileWeights, folder: FolderWeights, *, imported: bool = False) -> None:
        self.file, self.folder = file, folder
        self._imported = imported
        self._left = dict.fromkeys(file.names)
        self._values = self._different = 0
        self._steps: float | None = None
        self._first = ""

    def read(self, name: str) -> Tensor:
        """Return a whole tensor of the file, compared."""
        import torch

        values = torch.empty(self.folder.shape(name))
        for block in self.blocks(name):
            values[block.rows] = block.file
        return values

    def rows(self, name: str, chosen: Sequence[int]) -> Tensor:
        """Return the chosen rows of a matrix of the file, not compared."""
        return self.file.rows(name, chosen)

    def blocks(self, name: str) -> Iterator[Block]:
        """Yield a tensor's blocks of rows, each compared."""
        for rows in self.folder.blocks(name, self.file.together(name)):
            stored = self.folder.stored(name, rows)
            block = Block(rows, self.file.read(name, rows), stored.float())
            self._compare(name, block, stored)
            yield block
        self._left.pop(name, None)

    def verdict(self) -> Verdict:
        """Compare what nobody has asked for, and return what was found in all tensors."""
        for name in list(self._left):
            for _ in self.blocks(name):
                pass
        measured: dict[str, float] = {"values": self._values, "different": self._different}
        limits: dict[str, tuple[float | None, float | None]] = {"different": (None, 0)}
        if self._steps is not None:
            measured["steps"], limits["steps"] = self._steps, (None, LARGEST_ERROR)
        made = "imported" if self._imported else "exported"
        return Verdict(
            f"values of the GGUF file and of the {made} model{self._first}",
            measured,
            limits,
            "a disk or a copy is damaged, or the model is of a kind that is not understood here",
        )

    def _compare(self, name: str, block: Block, stored: Tensor) -> None:
        import torch

        kind, before = self.file.kind(name), (self._different, self._steps)
        self._values += block.file.numel()
        if self._imported:
            self._different += int((block.file.to(stored.dtype) != stored).sum())
        elif kind in EXACT:
            rounded = block.folder.to(getattr(torch, EXACT[kind])).float()
            self._different += int((block.file != rounded).sum())
        else:
            found = grid_steps(block.file, block.folder, kind)
            self._steps = float(np.maximum(self._steps or 0.0, found))
        wrong = self._different > before[0] or not (self._steps or 0.0) <= LARGEST_ERROR
        if wrong and not self._first:
            self._first = f" (first: {name}, {kind})"


def grid_steps(file: Tensor, folder: Tensor, kind: str) -> float:
    """Return the largest error of any value in steps of the plainest grid of the type's bits."""
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

    block = GGML_QUANT_SIZES[GGMLQuantizationType[kind]][0]
    apart = (file - folder).abs().unflatten(-1, (-1, block)).amax(-1)
    largest = folder.abs().unflatten(-1, (-1, block)).amax(-1)
    step = 2 * largest / (2 ** bits(kind) - 1)
    return float((apart / step.clamp_min(1e-30)).max())


def bits(kind: str) -> int:
    """Return how many bits a type has for a weight, beside what a block shares.

    >>> bits("Q4_K"), bits("IQ3_S"), bits("Q8_0")
    (4, 3, 8)
    """
    found = re.search(r"\d", kind)
    return int(found[0]) if found else 1
