"""The proof of a merge: PEFT's own reading of the adapter, every value, no more than rounding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recipe_base.errors import TopochefError
from recipe_base.runs import Run
from recipe_export.merging.adapter import Adapter, Pair
from recipe_export.merging.merge import merge, write_merged
from recipe_export.models.weights import STORED, Checkpoint, from_float32, to_float32
from recipe_export.proofs.merged import UNIT_ROUNDOFF, check_merged

from .conftest import BASE, add_adapter

RUN = Path("runs/tiny-topo")
MATRIX = "model.layers.1.self_attn.v_proj.weight"


def stored_as(dtype: str) -> None:
    """Store the base in another type."""
    from transformers import AutoModelForCausalLM

    AutoModelForCausalLM.from_pretrained(BASE, dtype=dtype).save_pretrained(BASE)


def scale_adapter(factor: float) -> None:
    """Multiply every B."""
    from safetensors.numpy import load_file, save_file

    path = RUN / "adapter" / "adapter_model.safetensors"
    weights = load_file(path)
    scaled = {k: v * np.float32(factor) if "lora_B" in k else v for k, v in weights.items()}
    save_file(scaled, path, {"format": "pt"})


def merged(change: Callable[[Adapter], Adapter] = lambda adapter: adapter) -> Path:
    """Merge into a new folder, unproven."""
    folder = Path("merged")
    folder.mkdir()
    write_merged(change(Adapter.open(RUN / "adapter")), Path(BASE), folder)
    return folder


def check(folder: Path) -> Any:
    return check_merged(Path(BASE), RUN / "adapter", folder)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_a_value_may_be_rounded_once_and_no_more(dtype: str, work: Path) -> None:
    stored_as(dtype)
    folder = merged()
    found = check(folder)
    assert not found.failures
    assert found.measured["matrices"] == 6
    assert 0.05 < found.measured["error"] <= 1
    assert found.measured["kept"] > 0.9
    tensor = Checkpoint.open(folder).tensors[MATRIX]
    bits = np.memmap(tensor.file, f"<u{STORED[tensor.dtype].itemsize}", "r+", tensor.start, (8,))
    bits[5] += 2 if dtype != "float32" else 64  # units in the last place
    del bits
    (words,) = check(folder).failures
    assert words.startswith("error is ")


def wrong_scale(adapter: Adapter) -> Adapter:
    """Read alpha / √r where the config says alpha / r."""
    pairs = {name: p._replace(scale=p.scale * 2) for name, p in adapter.pairs.items()}
    return replace(adapter, pairs=pairs)


def exchanged_layers(adapter: Adapter) -> Adapter:
    other = MATRIX.replace("layers.1", "layers.0")
    pairs: dict[str, Pair] = {**adapter.pairs, MATRIX: adapter.pairs[other]}
    return replace(adapter, pairs=pairs)


def forgotten_matrix(adapter: Adapter) -> Adapter:
    return replace(adapter, pairs={k: v for k, v in adapter.pairs.items() if k != MATRIX})


@pytest.mark.parametrize("change", [wrong_scale, exchanged_layers, forgotten_matrix])
def test_an_adapter_that_was_misread_is_noticed(
    change: Callable[[Adapter], Adapter], work: Path
) -> None:
    found = check(merged(change))
    assert [words.split()[0] for words in found.failures] == ["error"]
    assert found.measured["error"] > 100


def test_what_rounding_loses_of_an_adapter_is_noticed(work: Path) -> None:
    stored_as("bfloat16")
    scale_adapter(1e-3)
    with pytest.raises(TopochefError, match=r"kept is 0\.\d+, at least 0\.5 .*float32 base"):
        merge(Run.open(RUN))
    assert not (RUN / "merged").exists()


def test_an_adapter_that_does_nothing_loses_nothing(work: Path) -> None:
    scale_adapter(0)
    found = check(merged())
    assert not found.failures
    assert found.measured["adapter_effect"] == 0
    assert "kept" not in found.measured


def test_a_changed_bit_beside_the_adapter_is_noticed(work: Path) -> None:
    folder = merged()
    tensor = Checkpoint.open(folder).tensors["model.norm.weight"]
    bits = np.memmap(tensor.file, np.uint8, "r+", tensor.start, (tensor.bytes,))
    bits[-4] ^= 1
    del bits
    found = check(folder)
    assert found.measured["others_different"] == 1
    assert "first: model.norm.weight" in found.check


def test_a_merge_of_all_seven_matrices_is_proven(work: Path) -> None:
    names = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    add_adapter(work, "tiny-all", target_modules=names, r=8, use_rslora=True)
    assert merge(Run.open(Path("runs/tiny-all"))).startswith("14 matrices merged")


def test_rounding_to_a_type_errs_by_half_a_unit(work: Path) -> None:
    values = np.random.default_rng(2).normal(size=1000).astype(np.float32)
    for dtype, roundoff in UNIT_ROUNDOFF.items():
        error = np.abs(to_float32(from_float32(values, dtype), dtype) / values - 1).max()
        assert error <= roundoff
        assert error > roundoff / 2 or dtype == "F32"
