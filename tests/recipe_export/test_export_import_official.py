"""A file of llama.cpp's own converter is imported as the model that it was made from."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from random_models import MODELS, draw_biases, grow
from safetensors.torch import load_file

from recipe_base.files import read_manifest
from recipe_export.importing.command import import_gguf

from .conftest import BASE
from .test_export_official import OFFICIAL

pytestmark = [pytest.mark.slow, pytest.mark.network]


@pytest.mark.parametrize("name", ["qwen2", "qwen3", "smollm3", "llama3", "llama-biases"])
def test_the_folder_has_the_tensors_of_the_model(
    name: str, work: Path, llama_cpp_sources: Path
) -> None:
    folder, source = work / "runs" / name / "merged", work / "official.gguf"
    kind, config = MODELS[name]
    grow(kind, folder, work / BASE, **config)
    draw_biases(folder)
    arguments = [str(llama_cpp_sources), str(folder), str(source)]
    subprocess.run([sys.executable, "-c", OFFICIAL, *arguments], check=True, capture_output=True)
    import_gguf(source, work / "imported")
    expected = load_file(folder / "model.safetensors")
    found = load_file(work / "imported" / "model.safetensors")
    expected = {n: t.half() for n, t in expected.items() if n in found or n != "lm_head.weight"}
    assert found.keys() == expected.keys()
    assert [n for n in found if not bool((found[n].half() == expected[n]).all())] == []
    assert len(read_manifest(work / "imported")["import"]["checks"]) == 4
