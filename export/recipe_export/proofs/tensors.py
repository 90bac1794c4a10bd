"""Every tensor of a GGUF file against the same tensor of a Hugging Face folder, value by value.

F32, F16 and BF16 are exact: each value must be the folder's, rounded once. Types of b bits are
grids that differ from block to block. The plainest, 2^b points between ± the largest of a block,
has steps of 2 / (2^b − 1) of it. Rounding to the nearest point errs by half a step, clipping the
longer end of a lopsided grid by nearly a whole one; K and IQ types fit their grid to all values and
may clip the largest by another. No value may lie further from where it was than

    |file − folder| ≤ min(s · 2 / (2^b − 1), 2/3) · max |folder's block|,   s = 1 or 2,

while in a lost, exchanged or shifted block the largest value itself is missing. (The scale of a
grid is stored in F16, and is off by up to half its smallest number, 2^-25, for each point.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from recipe_export.proofs.stored import FileWeights, FolderWeights
from recipe_export.proofs.verdict import Verdict

if TYPE_CHECKING:
    from torch import Tensor

EXACT = {"F32": "float32", "F16": "float16", "BF16": "bfloat16"}
SUPER_BLOCK = 256  # weights that K and IQ types encode together: rows must be multiples of it


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
        self._error: float | None = None  # the largest, as a share of what is allowed
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
        if self._error is not None:
            measured["error"], limits["error"] = self._error, (None, 1.0)
        made = "imported" if self._imported else "exported"
        return Verdict(
            f"values of the GGUF file and of the {made} model{self._first}",
            measured,
            limits,
            "a disk or a copy is damaged, or the model is of a kind that is not understood here",
        )

    def _compare(self, name: str, block: Block, stored: Tensor) -> None:
        import torch

        kind, before = self.file.kind(name), self._different
        self._values += block.file.numel()
        if self._imported:
            self._different += int((block.file.to(stored.dtype) != stored).sum())
        elif kind in EXACT:
            rounded = block.folder.to(getattr(torch, EXACT[kind])).float()
            self._different += int((block.file != rounded).sum())
        else:
            found = grid_error(block.file, block.folder, kind)
            self._error = float(np.maximum(self._error or 0.0, found))
        wrong = self._different > before or not (self._error or 0.0) <= 1
        if wrong and not self._first:
            self._first = f" (first: {name}, {kind})"


def grid_error(file: Tensor, folder: Tensor, kind: str) -> float:
    """Return the largest error of any value, as a share of what a quantized type may err by."""
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

    block = GGML_QUANT_SIZES[GGMLQuantizationType[kind]][0]
    points = 2 ** bits(kind)
    steps = 2 if block == SUPER_BLOCK or kind.startswith("IQ") else 1
    finest = 2.0**-25 * points * (64 if block == SUPER_BLOCK else 1)  # scales of scales: 6 bits
    share = min(2 * steps / (points - 1), 2 / 3)
    apart = (file - folder).abs().unflatten(-1, (-1, block)).amax(-1)
    largest = folder.abs().unflatten(-1, (-1, block)).amax(-1)
    return float((apart / (share * largest + finest)).max())


def bits(kind: str) -> int:
    """Return how many bits a type has for a weight, beside what a block shares.

    >>> bits("Q4_K"), bits("IQ3_S"), bits("Q8_0")
    (4, 3, 8)
    """
    found = re.search(r"\d", kind)
    return int(found[0]) if found else 1
