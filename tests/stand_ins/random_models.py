"""Tiny models of random weights, one an architecture, that a converter cannot get right by luck."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

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
