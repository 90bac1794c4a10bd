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

from recipe_data.tiny import grow_tiny_model
from recipe_export.proofs.probes import RECIPES

BASE = "runs/tiny-base/merged"
TOKENIZER = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")
SIZES = {
    "vocab_size": 640,
    "hidden_size": 256,
    "intermediate_size": 256,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 1024,
    "eos_token_id": 2,
    "pad_token_id": 0,
    "bos_token_id": None,
}
LLAMA3_ROPE = {
    "rope_type": "llama3",
    "rope_theta": 500_000.0,
    "factor": 32.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}

MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "qwen2": ("qwen2", {"tie_word_embeddings": False}),
    "qwen2-tied": ("qwen2", {"tie_word_embeddings": True}),
    "qwen3": ("qwen3", {"head_dim": 128, "tie_word_embeddings": True}),
    "smollm3": ("smollm3", {"tie_word_embeddings": True}),
    "llama": ("llama", {"tie_word_embeddings": False}),
    "llama3": ("llama", {"rope_parameters": LLAMA3_ROPE, "tie_word_embeddings": True}),
    "llama-biases": ("llama", {"attention_bias": True, "mlp_bias": True}),
}
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


def grow(kind: str, folder: Path, tokenizer: Path, **config: Any) -> None:
    """Save a random model of one architecture, sensitive to positions, biases and norms."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    torch.manual_seed(0)
    settings = AutoConfig.for_model(kind, **{**SIZES, **config})
    model = AutoModelForCausalLM.from_config(settings, dtype=torch.bfloat16)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "q_proj" in name or "k_proj" in name:
                weight.mul_(3)
            elif "norm" in name:
                weight.add_(0.1 * torch.randn_like(weight))
    model.save_pretrained(folder)
    for name in TOKENIZER:
        shutil.copy(tokenizer / name, folder)


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


def draw_biases(folder: Path) -> None:
    """Give biases, which begin as zeros, values that are all different."""
    import torch
    from safetensors.torch import load_file, save_file

    path = folder / "model.safetensors"
    weights = load_file(path)
    generator = torch.Generator().manual_seed(2)
    for name, weight in weights.items():
        if name.endswith(".bias"):
            weight.copy_(0.2 * torch.randn(weight.shape, generator=generator))
    save_file(weights, path, {"format": "pt"})


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
