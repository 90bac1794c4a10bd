"""Merging and converting hold some rows of one tensor, and write the same bytes."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest
from random_models import grow

from recipe_base.files import sha256
from recipe_export import memory
from recipe_export.converting.convert import write_gguf
from recipe_export.merging.adapter import Adapter
from recipe_export.merging.merge import write_merged
from recipe_export.models.weights import Checkpoint, Floats, StoredTensor
from recipe_export.proofs.verify import check_file

from .conftest import BASE


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of values of every read that follows."""
    sizes: list[int] = []
    read = StoredTensor.read

    def counted(tensor: StoredTensor, rows: slice | None = None) -> Floats:
        values = read(tensor, rows)
        sizes.append(values.size)
        return values

    monkeypatch.setattr(StoredTensor, "read", counted)
    return sizes


def export(folder: Path) -> None:
    """Merge runs/tiny-topo and convert the result."""
    (folder / "merged").mkdir(parents=True)
    write_merged(Adapter.open(Path("runs/tiny-topo/adapter")), Path(BASE), folder / "merged")
    write_gguf(folder / "merged", folder / "model.gguf", "F16", "name")


def test_small_blocks_write_the_same_bytes(
    work: Path, reads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    export(Path("whole"))
    largest = max(math.prod(t.shape) for t in Checkpoint.open(Path(BASE)).tensors.values())
    assert max(reads) == largest
    reads.clear()
    monkeypatch.setattr("recipe_export.models.weights.BLOCK_VALUES", 2048)
    export(Path("blocks"))
    assert 1024 < max(reads) <= 2048
    assert sha256(Path("blocks")) == sha256(Path("whole"))


def test_heads_are_never_cut(work: Path, reads: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    grow("llama", Path("llama"), work / BASE, attention_bias=True)
    write_gguf(Path("llama"), Path("whole.gguf"), "F16", "name")
    monkeypatch.setattr("recipe_export.models.weights.BLOCK_VALUES", 1000)
    reads.clear()
    write_gguf(Path("llama"), Path("blocks.gguf"), "F16", "name")
    assert max(reads) == 64 * 256  # one head; other matrices three rows at a time
    assert sha256(Path("blocks.gguf")) == sha256(Path("whole.gguf"))


@pytest.mark.parametrize("shape", [(7, 3), (7,), (1, 40), (0, 3), ()])
@pytest.mark.parametrize("together", [1, 2])
def test_blocks_cover_every_row_once(
    shape: tuple[int, ...], together: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.numpy import save_file

    monkeypatch.setattr("recipe_export.models.weights.BLOCK_VALUES", 9)
    values = np.arange(math.prod(shape), dtype=np.float32).reshape(shape)
    save_file({"before": np.ones(3, np.float32), "t": values}, tmp_path / "model.safetensors")
    tensor = Checkpoint.open(tmp_path).tensors["t"]
    blocks = list(tensor.blocks(together))
    assert [row for block in blocks for row in range(block.start, block.stop)] == list(
        range(tensor.rows)
    )
    assert all(block.start % together == 0 for block in blocks)
    if shape:
        found = [tensor.read(block) for block in blocks]
        np.testing.assert_array_equal(np.concatenate([np.zeros((0, *shape[1:])), *found]), values)
    else:
        assert tensor.read(blocks[0]) == values


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process begin anew")
def test_the_peak_is_forgotten_and_found_again() -> None:
    memory.forget_peak()
    before = memory.peak_bytes()
    with memory.growing() as growth:
        held = np.ones(50_000_000, np.uint8)
    assert held.nbytes <= growth.bytes < 2 * held.nbytes
    high = memory.peak_bytes()
    assert held.nbytes <= high - before < 2 * held.nbytes
    assert memory.resident_bytes() >= held.nbytes
    del held
    memory.forget_peak()
    assert memory.peak_bytes() < high - 40_000_000


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells mapped pages apart")
def test_a_proof_holds_a_layer_and_no_model(work: Path) -> None:
    sizes = {"hidden_size": 512, "intermediate_size": 512, "num_hidden_layers": 16}
    grow("llama", Path("llama"), work / BASE, **sizes)
    write_gguf(Path("llama"), Path("llama.gguf"), "F16", "name")
    check_file(Path("llama.gguf"), Path("llama"))  # imports, and what libraries keep for good
    with memory.growing() as growth:
        verdicts = check_file(Path("llama.gguf"), Path("llama"))
    assert not any(verdict.failures for verdict in verdicts)
    values = verdicts[1].measured["values"]
    assert values > 20_000_000
    assert growth.bytes < values  # the model takes four times as much in float32
    assert growth.seconds > 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells mapped pages apart")
def test_pages_of_mapped_files_are_not_held(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(50_000_000))
    with memory.growing() as growth:
        mapped = np.memmap(tmp_path / "file", np.uint8, "r")
        assert int(mapped.sum()) == 0
    assert growth.bytes < 20_000_000
    with memory.growing() as growth:
        held = np.array(mapped)
    assert growth.bytes > 40_000_000
    assert held.nbytes == 50_000_000
