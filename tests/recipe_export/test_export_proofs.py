"""The proof of a GGUF file: right conversions pass whatever their type, wrong ones are named."""

from __future__ import annotations

import math
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from random_models import MODELS

from recipe_base.errors import TopochefError
from recipe_base.files import read_manifest
from recipe_base.runs import Run
from recipe_export.converting.convert import write_gguf
from recipe_export.converting.quantize import quantize, write_quantized
from recipe_export.importing.command import import_gguf
from recipe_export.proofs.conversations import BUILT_IN
from recipe_export.proofs.layerwise import parameter_names, skeleton
from recipe_export.proofs.logits import check_logits
from recipe_export.proofs.sizes import check_sizes
from recipe_export.proofs.stored import FileWeights, FolderWeights
from recipe_export.proofs.tensors import Comparison, grid_error
from recipe_export.proofs.verdict import Verdict, require
from recipe_export.proofs.verify import check_file, check_tokens

from .conftest import GgufFile
from .harms import STORED, Harm, damage_a_block, flip_a_bit, set_number, shift_the_tokens

KINDS = ["F32", "BF16", "Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "Q4_0", "IQ4_XS", "Q3_K_M", "Q2_K"]


def copy(path: Path, folder: Path) -> Path:
    target = folder / path.name
    shutil.copy(path, target)
    return target


def quantized(path: Path, kind: str, folder: Path) -> Path:
    target = folder / f"{path.stem}-{kind}.gguf"
    write_quantized(path, target, kind)
    return target


def stored(path: Path, folder: Path) -> list[Verdict]:
    """Return the verdicts on what a file holds, not on what is computed with it."""
    model, weights = skeleton(folder), FolderWeights(folder)
    file = FileWeights(path, folder, parameter_names(model))
    sizes = check_sizes(file, weights, model, folder / "config.json")
    return [sizes] if sizes.failures else [sizes, Comparison(file, weights).verdict()]


def computed(path: Path, folder: Path) -> Verdict:
    """Return the verdict on what is computed, whatever the file holds."""
    model = skeleton(folder)
    file = FileWeights(path, folder, parameter_names(model))
    comparison = Comparison(file, FolderWeights(folder))
    return check_logits(path, comparison, model, str(folder), BUILT_IN)


@pytest.mark.parametrize("name", MODELS)
def test_every_architecture_passes(name: str, gguf_file: GgufFile) -> None:
    path = gguf_file(name)
    sizes, values, logits = check_file(path, path.with_suffix(""))
    assert not [*sizes.failures, *values.failures, *logits.failures]
    assert sizes.measured["tensors"] > 20
    assert values.measured["values"] > 1_000_000
    rounding = logits.measured["kl_of_rounded_products"]
    assert 1e-12 < rounding < 1e-4
    assert logits.measured["kl"] < 4 * rounding


@pytest.mark.parametrize("kind", KINDS)
def test_every_type_passes_within_what_its_products_round(
    kind: str, gguf_file: GgufFile, tmp_path: Path
) -> None:
    path = gguf_file("llama")
    if kind in ("F32", "BF16"):
        write_gguf(path.with_suffix(""), tmp_path / "full.gguf", kind, "name")
        made = tmp_path / "full.gguf"
    else:
        made = quantized(path, kind, tmp_path)
    sizes, values, logits = check_file(made, path.with_suffix(""))
    require(sizes, values, logits)
    assert ("error" in values.measured) == (kind not in ("F32", "BF16"))
    assert logits.measured["kl"] < 4 * logits.measured["kl_of_rounded_products"]
    assert logits.measured["kl_to_model"] > 0


@pytest.mark.parametrize("name", STORED)
def test_a_wrong_file_is_noticed_and_named(name: str, gguf_file: GgufFile, tmp_path: Path) -> None:
    source = gguf_file("llama")
    path = copy(source, tmp_path)
    harm, words = STORED[name]
    harm(path)
    with pytest.raises(TopochefError, match=words):
        require(*check_file(path, source.with_suffix("")))


@pytest.fixture(scope="module")
def odd(gguf_file: GgufFile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file whose matrices are distributed as no model's are, each in another way."""
    import torch
    from safetensors.torch import load_file, save_file

    source = gguf_file("llama", "F32")
    folder = tmp_path_factory.mktemp("odd") / "odd"
    shutil.copytree(source.with_suffix(""), folder)
    weights = load_file(folder / "model.safetensors")
    draw = np.random.default_rng(3)
    ways = [
        lambda shape: draw.uniform(-1, 1, shape),
        lambda shape: draw.standard_t(2, shape),
        lambda shape: np.sign(draw.normal(size=shape)) / 50,
        lambda shape: draw.normal(size=shape) * (draw.random(shape) < 0.02),
        lambda shape: 1 + draw.normal(size=shape) / 10,
        lambda shape: draw.normal(size=shape) * 10 ** draw.uniform(-3, 0, (shape[0], 1)),
        lambda shape: np.round(draw.uniform(0, 15, shape)) / 7 - 1,
    ]
    matrices = [name for name, values in weights.items() if values.ndim == 2]
    for i, name in enumerate(matrices):
        drawn = ways[i % len(ways)](weights[name].shape)
        weights[name] = torch.from_numpy(drawn.astype(np.float32))
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    write_gguf(folder, folder.with_suffix(".gguf"), "F32", "odd")
    return folder.with_suffix(".gguf")


@pytest.mark.parametrize("kind", [*KINDS[2:], "Q4_1", "Q5_0", "Q5_1", "IQ4_NL", "TQ2_0"])
def test_no_type_errs_by_more_than_its_grid_whatever_the_weights(
    kind: str, odd: Path, tmp_path: Path
) -> None:
    sizes, values = stored(quantized(odd, kind, tmp_path), odd.with_suffix(""))
    assert not sizes.failures
    assert 0.2 < values.measured["error"] <= 1


@pytest.mark.parametrize("kind", ["Q8_0", "Q4_0", "Q6_K", "Q4_K", "IQ4_XS", "Q3_K", "Q2_K"])
def test_a_lost_block_errs_by_more_than_any_grid(kind: str) -> None:
    import torch

    values = torch.randn(4, 512, generator=torch.Generator().manual_seed(5))
    lost = values.clone()
    lost[2, 256:] = 0
    assert grid_error(values, values, kind) == 0
    assert grid_error(lost, values, kind) > 1.4
    assert grid_error(values.roll(1, 0), values, kind) > 1.4
    assert math.isnan(grid_error(values * math.nan, values, kind))


@pytest.mark.parametrize("kind", ["Q8_0", "Q4_K_M", "Q2_K"])
def test_damage_to_a_quantized_file_is_noticed(
    kind: str, gguf_file: GgufFile, tmp_path: Path
) -> None:
    source = gguf_file("llama")
    path = quantized(source, kind, tmp_path)
    require(*stored(path, source.with_suffix("")))
    damage_a_block(path)
    with pytest.raises(TopochefError, match=r"values .*first: .*mlp\.down_proj.*error is"):
        require(*stored(path, source.with_suffix("")))


def test_a_single_bit_is_noticed(gguf_file: GgufFile, tmp_path: Path) -> None:
    source = gguf_file("qwen3")
    path = copy(source, tmp_path)
    flip_a_bit(path)
    with pytest.raises(TopochefError, match=r"values .*first: .*v_proj.*F16.*different is 1"):
        require(*stored(path, source.with_suffix("")))


def test_exchanged_words_are_noticed(gguf_file: GgufFile, tmp_path: Path) -> None:
    source = gguf_file("llama")
    path = copy(source, tmp_path)
    assert not check_tokens(path, source.with_suffix("")).failures
    shift_the_tokens(path)
    with pytest.raises(TopochefError, match=r"token ids .*first: .*words_different is 2"):
        require(check_tokens(path, source.with_suffix("")))


@pytest.mark.parametrize(
    "harm",
    [set_number("rope.freq_base", 9000), set_number("layer_norm_rms_epsilon", 1e-3)],
    ids=["rotary base", "epsilon"],
)
@pytest.mark.parametrize("kind", ["F32", "F16", "BF16"])
def test_what_is_computed_otherwise_is_noticed_by_the_logits_alone(
    harm: Harm, kind: str, gguf_file: GgufFile, tmp_path: Path
) -> None:
    source = gguf_file("llama", kind)
    path = copy(source, tmp_path)
    assert not computed(path, source.with_suffix("")).failures
    harm(path)
    with pytest.raises(TopochefError, match=r"logits of llama\.cpp .*kl is .*please report"):
        require(computed(path, source.with_suffix("")))


@pytest.fixture(scope="module")
def smollm2(smollm2_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """SmolLM2-135M-Instruct in bfloat16, as a run without an adapter."""
    from safetensors.torch import load_file, save_file
    from torch import bfloat16

    folder = tmp_path_factory.mktemp("smollm2")
    import_gguf(smollm2_file, folder / "smollm2" / "merged")
    weights = folder / "smollm2" / "merged" / "model.safetensors"
    halves = {name: tensor.to(bfloat16) for name, tensor in load_file(weights).items()}
    save_file(halves, weights, {"format": "pt"})
    return Run.open(folder / "smollm2")


@pytest.mark.slow
def test_a_real_model_is_proven_in_every_type(smollm2: Run) -> None:
    measured: dict[str, Any] = {}
    for kind in ("F16", "BF16", "Q8_0", "Q4_K_M"):
        assert "KL" in quantize(smollm2, kind)
        checks = read_manifest(smollm2.folder)[f"gguf {kind}"]["checks"]
        measured[kind] = checks[-1]["measured"]
        assert measured[kind]["kl"] < 2 * measured[kind]["kl_of_rounded_products"]
    assert measured["F16"]["kl_to_model"] < 1e-5
    assert measured["F16"]["kl_to_model"] < measured["Q8_0"]["kl_to_model"] < 0.02
    assert measured["Q8_0"]["kl_to_model"] < measured["Q4_K_M"]["kl_to_model"] < 0.2


@pytest.mark.slow
def test_a_wrong_file_of_a_real_model_is_noticed_and_named(smollm2: Run, tmp_path: Path) -> None:
    write_gguf(smollm2.merged, tmp_path / "right.gguf", "F16", "name")
    require(*stored(tmp_path / "right.gguf", smollm2.merged))
    for harm, words in STORED.values():
        path = tmp_path / "wrong.gguf"
        shutil.copy(tmp_path / "right.gguf", path)
        harm(path)
        with pytest.raises(TopochefError, match=words):
            require(*stored(path, smollm2.merged))
    assert not check_tokens(tmp_path / "right.gguf", smollm2.merged).failures
    shift_the_tokens(tmp_path / "right.gguf")
    assert check_tokens(tmp_path / "right.gguf", smollm2.merged).failures
