"""GGUF files for tests: a copy with other metadata or tensors, and the facts that must survive."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

Change = Mapping[str, Any]


def rewrite(source: Path, target: Path, metadata: Change | None = None, **tensors: Any) -> Path:
    """Copy a file with some metadata changed or, where None, left out, and likewise its tensors.

    The name of a tensor is given with `__` for its dots; a new value is a float32 array.
    """
    from gguf import GGMLQuantizationType, GGUFReader, GGUFValueType, GGUFWriter

    reader = GGUFReader(source)
    changes = dict(metadata or {})
    architecture = changes.pop("general.architecture", None)
    architecture = architecture or reader.fields["general.architecture"].contents()
    writer = GGUFWriter(target, architecture)
    for key, field in reader.fields.items():
        if key.startswith("GGUF.") or key in {*changes, "general.architecture"}:
            continue
        inner = field.types[-1] if field.types[0] == GGUFValueType.ARRAY else None
        writer.add_key_value(key, field.contents(), field.types[0], inner)
    for key, value in changes.items():
        if value is not None:
            kind = GGUFValueType.get_type(value)
            writer.add_key_value(key, value, kind)
    replaced = {name.replace("__", "."): value for name, value in tensors.items()}
    for tensor in reader.tensors:
        if tensor.name not in replaced:
            writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
    for name, value in replaced.items():
        if value is not None:
            array = np.ascontiguousarray(value, np.float32)
            writer.add_tensor(name, array, raw_dtype=GGMLQuantizationType.F32)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return target


def facts(path: Path) -> tuple[dict[str, Any], dict[str, tuple[Any, ...]]]:
    """Return a file's metadata, and each tensor's type, shape and bytes, in order."""
    from gguf import GGUFReader

    reader = GGUFReader(path)
    metadata = {k: f.contents() for k, f in reader.fields.items() if not k.startswith("GGUF.")}
    tensors = {
        t.name: (t.tensor_type.name, t.shape.tolist(), t.data.tobytes()) for t in reader.tensors
    }
    return metadata, tensors
