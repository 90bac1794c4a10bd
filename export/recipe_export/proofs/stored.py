"""The weights of a folder and of a GGUF file under the same names, some rows at a time.

Both are read by other code than what wrote them: safetensors' own reader here, the reader that also
imports foreign files and gguf's dequantizer there. Everything becomes a float32 tensor of torch in
Hugging Face's layout.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipe_export.models.architecture import Model
from recipe_export.models.container import Container
from recipe_export.models.files import read_json
from recipe_export.models.weights import Checkpoint, row_blocks

if TYPE_CHECKING:
    from torch import Tensor

BLOCK_VALUES = 1 << 16  # compared at a time, in the cache of the processor: 512 KiB as float64


class FolderWeights:
    """The tensors of a Hugging Face folder."""

    def __init__(self, folder: Path, stem: str = "model") -> None:
        from safetensors import safe_open

        self.path = folder
        self._of: dict[str, Any] = {}
        checkpoint = Checkpoint.open(folder, stem)
        for file in checkpoint.files:
            opened: Any = safe_open(file, framework="pt")
            self._of |= dict.fromkeys(opened.keys(), opened)
        self.kinds = {name: tensor.dtype for name, tensor in checkpoint.tensors.items()}
        """How each is stored: F32, F16 or BF16."""

    def shape(self, name: str) -> tuple[int, ...]:
        """Return a tensor's shape."""
        return tuple(self._of[name].get_slice(name).get_shape())

    def stored(self, name: str, rows: slice = slice(None)) -> Tensor:
        """Return some rows in the type in which they are stored."""
        values: Tensor = self._of[name].get_slice(name)[rows]
        return values

    def read(self, name: str) -> Tensor:
        """Return a whole tensor."""
        return self.stored(name).float()

    def rows(self, name: str, chosen: Sequence[int]) -> Tensor:
        """Return the chosen rows of a matrix, in their order."""
        import torch

        return torch.stack([self.stored(name, slice(i, i + 1))[0] for i in chosen]).float()

    def blocks(self, name: str, together: int = 1) -> Iterator[slice]:
        """Cut a tensor's rows into blocks of `BLOCK_VALUES` values, but of `together` rows."""
        count, *widths = self.shape(name)
        return row_blocks(count, math.prod(widths), BLOCK_VALUES, together)


class FileWeights:
    """The tensors of a GGUF file, under the names that Hugging Face gives them."""

    def __init__(self, path: Path, folder: Path, names: Sequence[str]) -> None:
        container = Container.open(path)
        self.fields = container.metadata
        self._model = Model.from_config(read_json(folder / "config.json"))
        wanted = {name: self._model.gguf_name(name) for name in names}
        here = container.tensors
        self._of = {name: here[called] for name, called in wanted.items() if called in here}
        self.names = list(self._of)
        self.missing = wanted.keys() - self._of.keys()
        self.other = {name: here[name] for name in here.keys() - set(wanted.values())}

    def kind(self, name: str) -> str:
        """Return the GGUF type of a tensor."""
        return self._of[name].kind

    def shape(self, name: str) -> tuple[int, ...]:
        """Return a tensor's shape, as Hugging Face counts."""
        return self._of[name].shape

    def together(self, name: str) -> int:
        """Return how many rows must be read together: a head where their order differs."""
        return self._model.head_dim if self._model.interleaved(name) else 1

    def read(self, name: str, rows: slice | None = None) -> Tensor:
        """Return some rows of a matrix, multiples of `together`; or a whole tensor."""
        import torch

        values = torch.from_numpy(self._of[name].read(rows))
        if (width := self.together(name)) == 1:
            return values
        # Neighbouring pairs of rows there, halves of a head here.
        halves: Tensor = values.unflatten(0, (-1, width // 2, 2)).transpose(1, 2).flatten(0, 2)
        return halves

    def rows(self, name: str, chosen: Sequence[int]) -> Tensor:
        """Return the chosen rows of a matrix, in their order."""
        import torch

        return torch.cat([self.read(name, slice(i, i + 1)) for i in chosen])
