"""llama.cpp's own converter, from llama-cpp-python's sources, makes the same tensors."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from random_models import LLAMA3_ROPE, grow

from recipe_export.converting.convert import write_gguf

from .conftest import BASE

pytestmark = [pytest.mark.slow, pytest.mark.network]

# In a process of its own: the sources bring their own version of the gguf package. The converter
# knows tokenizers by the hash of what they encode, which no tokenizer of our own can match.
OFFICIAL = """
import sys
from pathlib import Path
tree, folder, output = sys.argv[1:]
sys.path[:0] = [f"{tree}/gguf-py", tree]
import gguf, torch
from conversion import get_model_class
from conversion.base import ModelBase
architecture = ModelBase.load_hparams(Path(folder), False)["architectures"][0]
converter = get_model_class(architecture)
converter.get_vocab_base_pre = lambda self, tokenizer: "qwen2"
with torch.inference_mode():
    converter(Path(folder), gguf.LlamaFileType.MOSTLY_F16, Path(output)).write()
"""


@pytest.mark.parametrize(
    ("kind", "config"),
    [
        ("qwen2", {"tie_word_embeddings": False}),
        ("qwen3", {"head_dim": 128, "tie_word_embeddings": True}),
        ("smollm3", {"tie_word_embeddings": True}),
        ("llama", {"rope_parameters": LLAMA3_ROPE}),
    ],
)
def test_tensors_and_metadata_are_the_official_ones(
    kind: str, config: dict[str, Any], work: Path, llama_cpp_sources: Path
) -> None:
    from gguf import GGUFReader

    folder = work / "runs" / kind / "merged"
    grow(kind, folder, work / BASE, **config)
    arguments = [str(llama_cpp_sources), str(folder), str(work / "official.gguf")]
    subprocess.run([sys.executable, "-c", OFFICIAL, *arguments], check=True, capture_output=True)
    write_gguf(folder, work / "ours.gguf", "F16", kind)
    official, ours = GGUFReader(work / "official.gguf"), GGUFReader(work / "ours.gguf")

    expected = {tensor.name: tensor for tensor in official.tensors}
    assert {tensor.name for tensor in ours.tensors} == expected.keys()
    for tensor in ours.tensors:
        assert tensor.tensor_type == expected[tensor.name].tensor_type
        if tensor.name == "rope_freqs.weight":  # computed, in float32 there and float64 here
            np.testing.assert_allclose(tensor.data, expected[tensor.name].data, rtol=5e-7)
        else:
            assert tensor.data.tobytes() == expected[tensor.name].data.tobytes(), tensor.name
    for name, field in official.fields.items():
        if not name.startswith(("GGUF.", "general.")):
            assert ours.fields[name].contents() == field.contents(), name
