"""Which tensors a GGUF file holds for a model; no value is read before it is written."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import IO, NamedTuple

import numpy as np

from recipe_base.errors import TopochefError
from recipe_export.models.architecture import Model, interleave
from recipe_export.models.weights import LARGEST, Checkpoint, Floats, StoredTensor


class Output(NamedTuple):
    """One tensor of the GGUF file, encoded some rows at a time as it is written."""

    name: str
    shape: tuple[int, ...]
    kind: str  # F32, F16 or BF16
    blocks: Callable[[], Iterator[Floats]]

    @property
    def nbytes(self) -> int:
        """What it takes in the file."""
        return math.prod(self.shape) * (4 if self.kind == "F32" else 2)

    def tofile(self, f: IO[bytes]) -> None:
        """Write the values, as numpy's arrays do; refuse those that the type cannot hold."""
        from gguf import GGMLQuantizationType, quants

        for values in self.blocks():
            if not np.abs(values).max(initial=0) <= LARGEST[self.kind]:
                raise TopochefError(
                    f"{self.name} holds values that {self.kind} cannot: train again if they are "
                    "not numbers; else export BF16"
                )
            quants.quantize(values, GGMLQuantizationType[self.kind]).tofile(f)


def plan(model: Model, weights: Checkpoint, kind: str) -> Iterator[Output]:
    """Name every tensor of the GGUF file, in the order of the checkpoint.

    Vectors and norms stay float32: llama.cpp adds and multiplies with them in that type.
    """
    if (factors := model.rope_factors()) is not None:
        yield Output("rope_freqs.weight", factors.shape, "F32", lambda: iter([factors]))
    found = set()
    for tensor in weights.tensors.values():
        if model.tied and tensor.name == "lm_head.weight":
            continue
        name = model.gguf_name(tensor.name)
        if name is None:
            raise TopochefError(
                f"{tensor.file}: {tensor.name} has no counterpart in llama.cpp's "
                f"{model.architecture.gguf}: merge the adapter with `recipe-export merge` first"
            )
        found.add(name)
        stays = len(tensor.shape) == 1 or name.endswith("_norm.weight")
        yield Output(
            name,
            tensor.shape,
            "F32" if stays else kind,
            partial(_blocks, tensor, model),
        )
    if not model.tied and "output.weight" not in found:
        raise TopochefError(
            f"{weights.files[0].parent} has no lm_head.weight, and its config.json does not tie "
            "the output to the input embedding: the model is not complete"
        )


def _blocks(tensor: StoredTensor, model: Model) -> Iterator[Floats]:
    interleaved = model.interleaved(tensor.name)
    for rows in tensor.blocks(model.head_dim if interleaved else 1):
        values = tensor.read(rows)
        yield interleave(values, model.head_dim) if interleaved else values
