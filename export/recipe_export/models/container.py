"""Reads a GGUF file's metadata and tensor list, every length checked: a cut file is noticed.

The layout (version 2 and 3): `GGUF`, version, number of tensors, number of metadata; then each
key with its type and value; then each tensor's name, widths, type and offset; then, aligned, the
data. Texts and arrays begin with their length.
"""

from __future__ import annotations

import math
import mmap
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np

from recipe_base.errors import TopochefError
from recipe_export.models.weights import Floats

T = TypeVar("T")

VERSIONS = (2, 3)
TEXT, ARRAY = 8, 9
NUMBERS = dict(enumerate(("<u1", "<i1", "<u2", "<i2", "<u4", "<i4", "<f4", "?")))
NUMBERS |= {10: "<u8", 11: "<i8", 12: "<f8"}
DEFAULT_ALIGNMENT = 32
SHARD = re.compile(r"-\d{5}-of-\d{5}\.gguf$", re.IGNORECASE)


class StoredWeights(NamedTuple):
    """One tensor of a GGUF file."""

    file: Path
    name: str
    kind: str  # a name of gguf's GGMLQuantizationType
    shape: tuple[int, ...]  # rows first, as in safetensors
    start: int  # offset of its first byte in the file
    bytes: int

    @property
    def rows(self) -> int:
        """The length of all axes but the last; 1 for a vector."""
        return math.prod(self.shape[:-1])

    def read(self, rows: slice | None = None) -> Floats:
        """Return some rows of a matrix, or all, as float32: what the stored type stands for."""
        from gguf import GGMLQuantizationType, quants

        begin, end, _ = (rows or slice(None)).indices(self.rows)
        width = self.bytes // self.rows
        with self.file.open("rb") as f:
            f.seek(self.start + begin * width)
            raw = np.fromfile(f, np.uint8, (end - begin) * width)
        try:
            values = quants.dequantize(
                raw.reshape(end - begin, width), GGMLQuantizationType[self.kind]
            )
        except NotImplementedError as error:
            raise TopochefError(
                f"{self.file}: {self.name} is stored as {self.kind}, which cannot be read here: "
                "take the file in another type, such as Q8_0 or F16"
            ) from error
        shape = (end - begin, *self.shape[1:]) if len(self.shape) == 2 else self.shape
        return np.asarray(values, np.float32).reshape(shape)


@dataclass(frozen=True)
class Container:
    """What a GGUF file holds."""

    path: Path
    metadata: dict[str, Any]
    tensors: dict[str, StoredWeights]

    @classmethod
    def open(cls, path: Path) -> Container:
        """Read everything but the weights.

        Raises `TopochefError` if the file is none, is cut off anywhere, or is one of several.
        """
        if not path.is_file():
            raise TopochefError(f"{path} not found: name a .gguf file")
        if SHARD.search(path.name):
            raise _split(path)
        cursor = _Cursor(path)
        if cursor.size < 4 or cursor.take(4) != b"GGUF":
            raise TopochefError(f"{path} is not a GGUF file: name a .gguf file")
        version = cursor.number("<u4")
        if version not in VERSIONS:
            raise TopochefError(
                f"{path} is GGUF of version {version}: only {VERSIONS[0]} and {VERSIONS[1]}, "
                "little-endian, are read here: take a newer file of the model"
            )
        tensor_count, count = cursor.count(), cursor.count()
        metadata = {cursor.text(): cursor.value() for _ in range(count)}
        if metadata.get("split.count", 1) not in (0, 1):
            raise _split(path)
        listed = [_listed(cursor) for _ in range(tensor_count)]
        alignment = metadata.get("general.alignment", DEFAULT_ALIGNMENT)
        if type(alignment) is not int or alignment < 1:
            raise cursor.damaged(f"an alignment of {alignment}")
        start = -(-cursor.at // alignment) * alignment
        tensors = [_placed(cursor, start, *entry) for entry in listed]
        if len({tensor.name for tensor in tensors}) != len(tensors):
            raise cursor.damaged("two tensors of one name")
        return cls(path, metadata, {tensor.name: tensor for tensor in tensors})

    def get(self, key: str, kind: type[T], default: T | None = None) -> T:
        """Return what the metadata say of a key; raise `TopochefError` where it is nothing usable.

        Whole numbers pass for floats.
        """
        found = self.metadata.get(key, default)
        if found is None:
            raise TopochefError(
                f"{self.path}: its metadata lack {key}: take a file of llama.cpp's converter"
            )
        if kind is float and type(found) is int:
            return cast(T, float(found))
        if type(found) is not kind:
            raise TopochefError(
                f"{self.path}: {key} is {str(found)[:60]}, which is no {kind.__name__}: "
                "take a file of llama.cpp's converter"
            )
        return found


class _Cursor:
    """Reads one thing after the other; whatever would lie beyond the end is refused."""

    def __init__(self, path: Path) -> None:
        self.path, self.size, self.at = path, path.stat().st_size, 0
        with path.open("rb") as f:
            # An empty file cannot be mapped.
            self._bytes = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ) if self.size else b""

    def take(self, count: int) -> bytes:
        if count > self.size - self.at:
            raise self.cut(self.at + count)
        self.at += count
        return self._bytes[self.at - count : self.at]

    def number(self, kind: str) -> Any:
        dtype = np.dtype(kind)
        return np.frombuffer(self.take(dtype.itemsize), dtype)[0].item()

    def count(self) -> int:
        return int.from_bytes(self.take(8), "little")

    def text(self) -> str:
        length = self.count()
        try:
            return self.take(length).decode()
        except UnicodeDecodeError:
            raise self.damaged(f"a text at byte {self.at - length:,} is not UTF-8") from None

    def value(self, kind: int | None = None) -> Any:
        kind = self.number("<u4") if kind is None else kind
        if kind in NUMBERS:
            return self.number(NUMBERS[kind])
        if kind == TEXT:
            return self.text()
        if kind != ARRAY:
            raise self.damaged(f"metadata of the unknown type {kind}")
        inner, count = self.number("<u4"), self.count()
        if inner in NUMBERS:
            dtype = np.dtype(NUMBERS[inner])
            return np.frombuffer(self.take(count * dtype.itemsize), dtype).tolist()
        if inner != TEXT:
            raise self.damaged(f"an array of the unknown type {inner}")
        return [self.text() for _ in range(count)]

    def cut(self, needed: int) -> TopochefError:
        return TopochefError(
            f"{self.path} is cut off: it has {self.size:,} bytes and needs {needed:,} or more: "
            "copy or download it again"
        )

    def damaged(self, what: str) -> TopochefError:
        return TopochefError(f"{self.path} is damaged ({what}): copy or download it again")


def _listed(cursor: _Cursor) -> tuple[str, tuple[int, ...], int, int]:
    """Read one entry of the list of tensors: name, shape, type, offset."""
    name = cursor.text()
    widths = [cursor.count() for _ in range(cursor.number("<u4"))]
    return name, tuple(reversed(widths)), cursor.number("<u4"), cursor.count()


def _placed(
    cursor: _Cursor, start: int, name: str, shape: tuple[int, ...], kind: int, offset: int
) -> StoredWeights:
    """Find a tensor's bytes; refuse what is no tensor, or lies beyond the end."""
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

    try:
        known = GGMLQuantizationType(kind)
    except ValueError:
        raise TopochefError(
            f"{cursor.path}: {name} is stored as type {kind}, which is newer than the installed "
            "gguf: take the file in another type, such as Q8_0 or F16"
        ) from None
    block, width = GGML_QUANT_SIZES[known]
    if not 1 <= len(shape) <= 2 or min(shape) < 1 or shape[-1] % block:
        raise cursor.damaged(f"{name} of shape {shape} as {known.name}")
    count = math.prod(shape) // block * width
    if start + offset + count > cursor.size:
        raise cursor.cut(start + offset + count)
    return StoredWeights(cursor.path, name, known.name, shape, start + offset, count)


def _split(path: Path) -> TopochefError:
    return TopochefError(
        f"{path} is one part of a split file: join them with `llama-gguf-split --merge "
        "FIRST-PART OUTPUT.gguf`, and import that"
    )
