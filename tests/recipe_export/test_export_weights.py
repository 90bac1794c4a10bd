"""The torch-free safetensors reader and writer, against safetensors and torch."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from recipe_base.errors import TopochefError
from recipe_export.models.weights import Checkpoint, from_float32, rewrite, to_float32

TYPES = ["F32", "F16", "BF16"]


def save(path: Path, dtype: str) -> None:
    import torch
    from safetensors.torch import save_file

    stored = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}[dtype]
    generator = torch.Generator().manual_seed(3)
    matrix = torch.randn(5, 7, generator=generator).to(stored)
    save_file({"a": matrix, "b": torch.ones(3, dtype=stored)}, path, {"format": "pt"})


@pytest.mark.parametrize("dtype", TYPES)
def test_values_are_those_that_torch_reads(dtype: str, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    save(tmp_path / "model.safetensors", dtype)
    checkpoint = Checkpoint.open(tmp_path)
    expected = load_file(tmp_path / "model.safetensors")

    assert {tensor.dtype for tensor in checkpoint.tensors.values()} == {dtype}
    for name, tensor in expected.items():
        np.testing.assert_array_equal(checkpoint.tensors[name].read(), tensor.float().numpy())


@pytest.mark.parametrize("dtype", TYPES)
@given(values=arrays(np.float32, 8, elements=st.floats(width=32)))
def test_rounding_is_torchs(dtype: str, values: np.ndarray) -> None:
    import torch

    stored = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}[dtype]
    expected = torch.from_numpy(values).to(stored).float().numpy()
    with np.errstate(over="ignore"):
        found = to_float32(from_float32(values, dtype), dtype)
    np.testing.assert_array_equal(found, expected)


def test_rewriting_changes_what_is_replaced_and_not_one_byte_else(tmp_path: Path) -> None:
    source, target = tmp_path / "model.safetensors", tmp_path / "new.safetensors"
    save(source, "BF16")
    seven = np.full((5, 7), 7, np.float32)
    written = list(rewrite(source, target, {"a"}, lambda _, rows: seven[rows]))

    old, new = source.read_bytes(), target.read_bytes()
    assert sorted(written) == ["a", "b"]
    assert len(old) == len(new)
    changed = Checkpoint.open(tmp_path).tensors["a"]
    assert old[: changed.start] == new[: changed.start]
    assert old[changed.start + changed.bytes :] == new[changed.start + changed.bytes :]
    raw = np.frombuffer(new, "<u2", count=35, offset=changed.start)
    assert set(to_float32(raw, "BF16").tolist()) == {7.0}


def test_shards_are_read_through_their_index(tmp_path: Path) -> None:
    save(tmp_path / "model-00001-of-00001.safetensors", "F32")
    index = {"weight_map": dict.fromkeys("ab", "model-00001-of-00001.safetensors")}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    assert sorted(Checkpoint.open(tmp_path).tensors) == ["a", "b"]

    (tmp_path / "model-00001-of-00001.safetensors").unlink()
    with pytest.raises(TopochefError, match=r"00001-of-00001\.safetensors not found"):
        Checkpoint.open(tmp_path)


@pytest.mark.parametrize("keep", [0, 4, 20, -1])
def test_a_file_cut_off_is_refused(keep: int, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save(path, "F32")
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(TopochefError, match=r"model\.safetensors is"):
        Checkpoint.open(tmp_path)


def test_a_type_that_loses_values_is_refused_by_name(tmp_path: Path) -> None:
    import torch
    from safetensors.torch import save_file

    save_file({"ids": torch.ones(3, dtype=torch.int64)}, tmp_path / "model.safetensors")
    with pytest.raises(TopochefError, match="ids is stored as I64"):
        Checkpoint.open(tmp_path)
