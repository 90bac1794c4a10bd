"""A GGUF file's tensors → model.safetensors, some rows of one tensor at a time."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np

from recipe_base.console import progress
from recipe_base.errors import TopochefError
from recipe_export.importing.rope import FACTORS
from recipe_export.models.architecture import Model, separate
from recipe_export.models.container import Container, StoredWeights
from recipe_export.models.files import read_json
from recipe_export.models.weights import (
    BLOCK_VALUES,
    LARGEST,
    STORED,
    Floats,
    from_float32,
    row_blocks,
    to_float32,
)
from recipe_export.proofs.layerwise import parameter_names, skeleton

# Quantized weights stand for float32. Kept as F16 they move the logits of SmolLM2-135M by 3e-6
# nats, as BF16 by 7e-5; llama.cpp's own rounding of activations moves them by 4e-3. F32 loses
# nothing and takes twice the room, here and in all that is made from the folder.
DEQUANTIZED = "F16"


class Planned(NamedTuple):
    """One tensor of model.safetensors."""

    name: str  # Hugging Face's
    shape: tuple[int, ...]
    dtype: str  # a key of STORED
    stored: StoredWeights
    together: int  # rows that must be reordered together; 1 where none are

    @property
    def bytes(self) -> int:
        """What it takes in the file."""
        return math.prod(self.shape) * STORED[self.dtype].itemsize

    def blocks(self) -> Iterator[Floats]:
        """Yield the rows in Hugging Face's order; refuse what no model computes with."""
        for rows in row_blocks(self.stored.rows, self.shape[-1], BLOCK_VALUES, self.together):
            values = self.stored.read(rows)
            if not np.isfinite(values).all():
                raise TopochefError(
                    f"{self.stored.file}: {self.stored.name} holds values that are not numbers: "
                    "the file is damaged, or its training failed: take another"
                )
            yield separate(values, self.together) if self.together > 1 else values


def plan(source: Container, folder: Path) -> list[Planned]:
    """Name every tensor of the model whose config.json is in `folder`, in the GGUF file's order.

    Matrices of a full type keep it; in a file that is quantized, all become F16. Vectors, which
    GGUF files hold in float32, take the type of the matrices where that loses nothing.

    Raises `TopochefError` for tensors that are missing, unexpected or of another shape.
    """
    model = Model.from_config(read_json(folder / "config.json"))
    try:
        names = _names(model, folder)
    except Exception as error:  # transformers raises what it likes
        raise TopochefError(
            f"{source.path}: transformers builds no model of the sizes in the metadata: it is "
            f"damaged: download it again ({str(error).splitlines()[-1].strip()})"
        ) from error
    found = source.tensors.keys() - {FACTORS}
    if missing := sorted(names.keys() - found):
        raise TopochefError(
            f"{source.path} lacks {_some(missing)}: it is not a whole model: download it again"
        )
    if unexpected := sorted(found - names.keys()):
        raise TopochefError(
            f"{source.path} holds {_some(unexpected)}, for which transformers' "
            f"{model.config['architectures'][0]} has no place: import a model without adapters or "
            "extensions"
        )
    common, quantized = main_type(source), is_quantized(source)
    planned = []
    for stored in source.tensors.values():
        if stored.name == FACTORS:
            continue
        name, shape = names[stored.name]
        if shape != stored.shape:
            raise TopochefError(
                f"{source.path}: {stored.name} is of shape {stored.shape} where the sizes in the "
                f"metadata ask for {shape}: the file is damaged: download it again"
            )
        together = model.head_dim if model.interleaved(name) else 1
        planned.append(Planned(name, shape, _dtype(stored, common, quantized), stored, together))
    return planned


def main_type(source: Container) -> str:
    """Return the type that most of the folder's matrices have."""
    if is_quantized(source):
        return DEQUANTIZED
    sizes: Counter[str] = Counter()
    for stored in source.tensors.values():
        if len(stored.shape) == 2:
            sizes[stored.kind] += math.prod(stored.shape)
    return sizes.most_common(1)[0][0]


def is_quantized(source: Container) -> bool:
    """Tell whether any weight is of fewer than 16 bits."""
    return any(stored.kind not in STORED for stored in source.tensors.values())


def write_weights(planned: list[Planned], path: Path) -> None:
    """Write a safetensors file: the length of a JSON header, the header, the data."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    at = 0
    for tensor in planned:
        header[tensor.name] = {
            "dtype": tensor.dtype,
            "shape": list(tensor.shape),
            "data_offsets": [at, at + tensor.bytes],
        }
        at += tensor.bytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as f:
        f.write(len(text).to_bytes(8, "little") + text)
        for tensor in progress(planned, "importing"):
            _write(tensor, f)


def _write(tensor: Planned, f: IO[bytes]) -> None:
    for values in tensor.blocks():
        if tensor.dtype == "F16" and np.abs(values).max(initial=0) > LARGEST["F16"]:
            raise TopochefError(
                f"{tensor.stored.file}: {tensor.stored.name} holds values that F16 cannot: take "
                "the file in BF16 or F32"
            )
        from_float32(values, tensor.dtype).tofile(f)


def _names(model: Model, folder: Path) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Map llama.cpp's tensor names to Hugging Face's name and shape, as transformers builds it."""
    built = skeleton(folder)
    found = {}
    for name in parameter_names(built):
        if (gguf := model.gguf_name(name)) is not None:
            found[gguf] = (name, tuple(built.get_parameter(name).shape))
    return found


def _dtype(stored: StoredWeights, common: str, quantized: bool) -> str:
    """Choose the type of one tensor in the folder."""
    if len(stored.shape) == 2:
        return common if quantized else stored.kind
    values = stored.read()
    kept = to_float32(from_float32(values, common), common)
    return common if np.array_equal(kept, values) else "F32"


def _some(names: list[str]) -> str:
    """Name the first few.

    >>> _some(["a", "b", "c", "d", "e"])
    'a, b, c and 2 more tensors'
    """
    shown, more = ", ".join(names[:3]), len(names) - 3
    return f"{shown} and {more} more tensors" if more > 0 else shown
