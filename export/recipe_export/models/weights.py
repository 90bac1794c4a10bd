"""Safetensors some rows at a time, without torch or memory maps: a tensor is never whole."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recipe_base.errors import TopochefError
from recipe_base.files import read_object

Floats = NDArray[np.float32]

STORED: dict[str, np.dtype[Any]] = {
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "BF16": np.dtype("<u2"),
}
LARGEST = {"F16": 65504.0, "BF16": 3.38e38, "F32": 3.40e38}
WEIGHTS_INDEX = "model.safetensors.index.json"
BLOCK_VALUES = 1 << 22  # worked on at a time: 16 MiB as float32


class StoredTensor(NamedTuple):
    """Where a tensor lies on disk."""

    file: Path
    name: str
    dtype: str  # a key of STORED
    shape: tuple[int, ...]
    start: int  # offset of its first byte in the file
    bytes: int

    @property
    def rows(self) -> int:
        """The length of the first axis; 1 for a single number."""
        return self.shape[0] if self.shape else 1

    def blocks(self, together: int = 1) -> Iterator[slice]:
        """Cut the rows into ranges of at most `BLOCK_VALUES` values, but of `together` rows."""
        return row_blocks(self.rows, math.prod(self.shape[1:]), BLOCK_VALUES, together)

    def read(self, rows: slice | None = None) -> Floats:
        """Load the values as float32, which holds every stored type exactly."""
        begin, end, _ = (rows or slice(None)).indices(self.rows)
        width = math.prod(self.shape[1:])
        dtype = STORED[self.dtype]
        with self.file.open("rb") as f:
            f.seek(self.start + begin * width * dtype.itemsize)
            raw = np.fromfile(f, dtype, (end - begin) * width)
        shape = (end - begin, *self.shape[1:]) if self.shape else ()
        return to_float32(raw, self.dtype).reshape(shape)


@dataclass(frozen=True)
class Checkpoint:
    """The tensors of a folder by name, and the files that hold them."""

    files: tuple[Path, ...]
    tensors: dict[str, StoredTensor]

    @classmethod
    def open(cls, folder: Path, stem: str = "model") -> Checkpoint:
        """Read the headers of `stem.safetensors`, or of the shards that its index names."""
        index = folder / f"{stem}.safetensors.index.json"
        if index.is_file():
            placed = read_object(index, "copy or train it again").get("weight_map")
            if not isinstance(placed, dict) or not placed:
                raise TopochefError(f"{index} has no weight_map: copy or train it again")
            if not all(isinstance(name, str) for name in placed.values()):
                raise TopochefError(f"{index}: weight_map names no files: copy or train it again")
            names = sorted(set(placed.values()))
        else:
            names = [f"{stem}.safetensors"]
        files = tuple(folder / name for name in names)
        if missing := [str(file) for file in files if not file.is_file()]:
            pickled = [
                path.name
                for pattern in (f"{stem}*.bin", "pytorch_model*.bin")
                for path in sorted(folder.glob(pattern))
            ]
            instead = (
                f"; of {pickled[0]} they are made by `safetensors.torch.save_file(torch.load(...))`"
                if pickled
                else ""
            )
            raise TopochefError(
                f"{', '.join(missing)} not found: {folder} must hold its weights as safetensors"
                f"{instead}"
            )
        return cls(files, {t.name: t for file in files for t in read_header(file)})


def row_blocks(rows: int, width: int, values: int, together: int = 1) -> Iterator[slice]:
    """Cut rows of `width` values into ranges of at most `values`, but of `together` rows."""
    wanted = values // max(1, width)
    step = max(together, wanted - wanted % together)
    for begin in range(0, rows, step):
        yield slice(begin, min(begin + step, rows))


def read_header(file: Path) -> list[StoredTensor]:
    """Return the tensors of one file in the order of their bytes.

    The format: 8 bytes give the length n of a JSON header, n bytes hold it, the data follow; the
    header's offsets count from the first byte of the data.
    """
    try:
        with file.open("rb") as f:
            length = int.from_bytes(f.read(8), "little")
            header: dict[str, Any] = json.loads(f.read(length))
        header.pop("__metadata__", None)
        tensors = [_stored(file, name, entry, 8 + length) for name, entry in header.items()]
    except (
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        MemoryError,
        OverflowError,
    ) as error:
        raise TopochefError(f"{file} is not a safetensors file: copy or train it again") from error
    tensors.sort(key=lambda tensor: tensor.start)
    if tensors and file.stat().st_size < tensors[-1].start + tensors[-1].bytes:
        raise TopochefError(f"{file} is cut off: copy or train it again")
    return tensors


def _stored(file: Path, name: str, entry: dict[str, Any], data: int) -> StoredTensor:
    """Read one entry of a header; the file's data begin at the byte `data`."""
    if entry["dtype"] not in STORED:
        raise TopochefError(
            f"{file}: {name} is stored as {entry['dtype']}: "
            f"save the model in one of {', '.join(STORED)}"
        )
    begin, end = entry["data_offsets"]
    shape = tuple(entry["shape"])
    if begin < 0 or end - begin != math.prod(shape) * STORED[entry["dtype"]].itemsize:
        raise ValueError(f"{name} of the shape {shape} does not fill its bytes")
    return StoredTensor(file, name, entry["dtype"], shape, data + begin, end - begin)


def rewrite(
    source: Path,
    target: Path,
    replaced: Container[str],
    values: Callable[[StoredTensor, slice], Floats],
) -> Iterator[str]:
    """Copy a safetensors file, with other values in the tensors whose names are `replaced`.

    `values` returns some rows of such a tensor. Names, shapes, types and order stay: the header
    is copied byte for byte. Yields the name of each tensor after it is written.
    """
    tensors = read_header(source)
    with source.open("rb") as old, target.open("wb") as new:
        new.write(old.read(tensors[0].start if tensors else -1))
        for tensor in tensors:
            for rows in tensor.blocks():
                if tensor.name in replaced:
                    from_float32(values(tensor, rows), tensor.dtype).tofile(new)
                else:
                    old.seek(tensor.start + rows.start * tensor.bytes // tensor.rows)
                    new.write(old.read((rows.stop - rows.start) * tensor.bytes // tensor.rows))
            yield tensor.name


def to_float32(raw: NDArray[Any], dtype: str) -> Floats:
    """Widen stored values to float32; exact."""
    if dtype == "BF16":
        bits = raw.astype(np.uint32)
        bits <<= 16
        return bits.view(np.float32)
    return raw.astype(np.float32, copy=False)


def from_float32(values: Floats, dtype: str) -> NDArray[Any]:
    """Round float32 values to a stored type, half to even.

    >>> from_float32(np.array([1.0, 1.00390625, 1.01171875], np.float32), "BF16").tolist()
    [16256, 16256, 16258]
    """
    if dtype == "BF16":
        bits = np.ascontiguousarray(values).view(np.uint32)
        rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
        nan = np.isnan(values)
        return np.where(nan, 0x7FC0, rounded).astype(STORED[dtype])
    return np.ascontiguousarray(values).astype(STORED[dtype])
