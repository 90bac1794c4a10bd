"""transformers' forward pass, a layer at a time, is transformers' forward pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from random_models import MODELS

from recipe_export.models.weights import Checkpoint
from recipe_export.proofs.layerwise import (
    HEAD,
    head_name,
    hidden_states,
    parameter_names,
    skeleton,
)
from recipe_export.proofs.products import rounding
from recipe_export.proofs.stored import FolderWeights

from .conftest import GgufFile

PROMPTS = (tuple(range(5, 62)), (7,), tuple(range(300, 320)))


def whole(folder: Path) -> Any:
    """Load a model as everybody does."""
    import torch
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


@pytest.mark.parametrize("name", MODELS)
def test_states_are_those_of_the_whole_model(name: str, gguf_file: GgufFile) -> None:
    import torch

    folder = gguf_file(name).with_suffix("")
    model, weights = skeleton(folder), FolderWeights(folder)
    (found,) = hidden_states(model, weights, PROMPTS)
    expected = whole(folder)
    with torch.inference_mode():
        states = [expected.model(torch.tensor([p])).last_hidden_state[0] for p in PROMPTS]
        logits = torch.cat([expected(torch.tensor([p])).logits[0] for p in PROMPTS])
    chosen = torch.cat(states)
    torch.testing.assert_close(found, chosen, rtol=0, atol=2e-5 * float(chosen.abs().max()))
    torch.testing.assert_close(
        found @ weights.read(head_name(model)).T,
        logits,
        rtol=0,
        atol=2e-5 * float(logits.abs().max()),
    )
    assert all(parameter.is_meta for parameter in model.parameters())


@pytest.mark.parametrize("name", MODELS)
def test_the_names_are_those_of_the_folder(name: str, gguf_file: GgufFile) -> None:
    folder = gguf_file(name).with_suffix("")
    model = skeleton(folder)
    stored = Checkpoint.open(folder).tensors.keys()
    assert set(parameter_names(model)) == stored - (
        {HEAD} if model.config.tie_word_embeddings else set()
    )


def test_only_the_second_result_is_rounded(gguf_file: GgufFile) -> None:
    import torch

    folder = gguf_file("llama-biases").with_suffix("")
    model, weights = skeleton(folder), FolderWeights(folder)
    (plain,) = hidden_states(model, weights, PROMPTS)
    asked: list[str] = []

    def same(name: str) -> Any:
        asked.append(name)
        return lambda values: values

    exact, other = hidden_states(model, weights, PROMPTS, same)
    torch.testing.assert_close(exact, plain, rtol=0, atol=1e-4)
    torch.testing.assert_close(other, exact, rtol=0, atol=1e-4)
    matrices = [n for n in parameter_names(model) if n.endswith("proj.weight")]
    assert sorted(asked) == sorted(matrices)
    exact, other = hidden_states(model, weights, PROMPTS, lambda _: rounding("BF16"))
    torch.testing.assert_close(exact, plain, rtol=0, atol=1e-4)
    assert 1e-4 < float((other - exact).norm() / exact.norm()) < 0.1


def test_a_layer_is_read_once_and_no_two_are_there_together(gguf_file: GgufFile) -> None:
    folder = gguf_file("qwen3").with_suffix("")
    model = skeleton(folder)
    weights = FolderWeights(folder)
    held: list[set[str]] = []
    read = weights.read

    def watched(name: str) -> Any:
        layers = {n for n, p in model.model.layers.named_parameters() if not p.is_meta}
        held.append({name.split(".")[0] for name in layers})
        return read(name)

    weights.read = watched  # type: ignore[method-assign]
    hidden_states(model, weights, PROMPTS)
    assert len(held) == len(parameter_names(model)) - 1  # the embedding is looked up
    assert all(len(layers) == 0 for layers in held)


@pytest.mark.parametrize(
    ("kind", "machine", "bits"),
    [("F32", "arm64", 17), ("F16", "x86_64", 11), ("F16", "arm64", 8), ("BF16", "x86_64", 8)],
)
def test_activations_are_rounded_to_the_bits_of_their_type(
    kind: str, machine: str, bits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.setattr("platform.machine", lambda: machine)
    error = 2.0**-bits
    values = torch.randn(64, 96, generator=torch.Generator().manual_seed(5))
    found = (rounding(kind)(values) / values - 1).abs()
    assert error / 4 < float(found.max()) <= error
    assert torch.equal(rounding(kind)(rounding(kind)(values)), rounding(kind)(values))


@pytest.mark.parametrize(("kind", "block"), [("Q8_0", 32), ("Q4_1", 32), ("Q4_K", 256)])
def test_activations_of_quantized_weights_have_eight_bits_a_block(kind: str, block: int) -> None:
    import torch
    from gguf import GGMLQuantizationType, quants

    values = torch.randn(3, 512, generator=torch.Generator().manual_seed(5))
    found = rounding(kind)(values)
    steps = values.reshape(-1, block).abs().amax(-1, keepdim=True) / 127
    apart = (found - values).reshape(-1, block).abs() / steps
    assert 0.4 < float(apart.max()) <= 0.501
    assert torch.equal(rounding(kind)(torch.zeros(1, 512)), torch.zeros(1, 512))
    if block == 32:  # the scale of a block, which llama.cpp keeps in F16, is kept exact here
        q8 = GGMLQuantizationType.Q8_0
        theirs = quants.dequantize(quants.quantize(values.numpy(), q8), q8)
        np.testing.assert_allclose(found.numpy(), theirs, rtol=2.0**-10, atol=0)
