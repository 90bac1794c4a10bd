"""A tiny base model, a LoRA adapter of random weights on it, and one finished export."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from random_models import MODELS, TOKENIZER, draw_biases, grow

from recipe_data.tiny import grow_tiny_model
from recipe_export.proofs.probes import RECIPES

BASE = "runs/tiny-base/merged"
GgufFile = Callable[..., Path]


def add_adapter(work: Path, run: str, **lora: Any) -> Path:
    """Save a LoRA adapter with a visible effect, as PEFT does after training."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(1)
    settings = {"r": 4, "lora_alpha": 8, "target_modules": ["q_proj", "v_proj", "o_proj"], **lora}
    model = get_peft_model(
        AutoModelForCausalLM.from_pretrained(work / BASE),
        LoraConfig(task_type="CAUSAL_LM", **settings),
    )
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.05)
    model.peft_config["default"].base_model_name_or_path = BASE
    folder = work / "runs" / run / "adapter"
    model.save_pretrained(folder)
    for name in TOKENIZER:
        shutil.copy(work / BASE / name, folder)
    (folder / "checkpoint-3").mkdir()
    (folder / "checkpoint-3" / "optimizer.pt").write_bytes(b"not part of the model")
    return folder


@pytest.fixture(scope="session")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory with runs/tiny-base/merged and runs/tiny-topo/adapter."""
    work = tmp_path_factory.mktemp("export")
    texts = [*RECIPES, *RECIPES.values()]
    grow_tiny_model(texts, work / BASE, vocab_size=600, layers=2)
    add_adapter(work, "tiny-topo")
    return work


@pytest.fixture
def work(grown: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of `grown` of the test's own, as the current directory."""
    shutil.copytree(grown / "runs", tmp_path / "runs")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def exported(grown: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run folder after `recipe-export all`; shared, so only to be read."""
    from recipe_export.cli import main

    work = tmp_path_factory.mktemp("exported")
    shutil.copytree(grown / "runs", work / "runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(work)
        assert main(["all", "runs/tiny-topo", "--types", "F16,Q8_0,Q4_K_M"]) == 0
    return work / "runs" / "tiny-topo"


@pytest.fixture(scope="session")
def gguf_file(grown: Path, tmp_path_factory: pytest.TempPathFactory) -> GgufFile:
    """Make a GGUF file of one of MODELS, once; the folder it is made from lies beside it."""
    from recipe_export.converting.convert import write_gguf

    folder = tmp_path_factory.mktemp("gguf")

    def make(name: str, kind: str = "F16") -> Path:
        model = folder / f"{name}-{kind}"
        path = folder / f"{name}-{kind}.gguf"
        if not path.exists():
            architecture, config = MODELS[name]
            grow(architecture, model, grown / BASE, **config)
            draw_biases(model)
            write_gguf(model, path, kind, name)
        return path

    return make


@pytest.fixture(scope="session")
def llama_cpp_sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The llama.cpp tree inside the source distribution of the installed llama-cpp-python."""
    folder = tmp_path_factory.mktemp("sources")
    release = version("llama-cpp-python")
    command = ["pip", "download", "-q", "--no-deps", "--no-binary", "llama-cpp-python"]
    loaded = subprocess.run(
        [sys.executable, "-m", *command, "-d", str(folder), f"llama-cpp-python=={release}"],
        capture_output=True,
        text=True,
    )
    if loaded.returncode != 0:
        pytest.skip(f"no source distribution of llama-cpp-python {release} can be had here")
    with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
        archive.extractall(folder, filter="data")
    return folder / f"llama_cpp_python-{release}" / "vendor" / "llama.cpp"
