"""What a run without an accelerator needs, decided before anything is loaded."""

from __future__ import annotations

import os
from typing import Any

import torch

from recipe_losses.cpu.precision import choose_precision, is_open, units_here
from recipe_losses.cpu.threads import use_all_cores
from recipe_losses.hosts.axolotl import skip_peer_probe
from recipe_losses.processes import is_first

GPU_KERNELS = ("lora_mlp_kernel", "lora_qkv_kernel", "lora_o_kernel", "lora_embedding_kernel")


def trains_on_cpu() -> bool:
    """Tell whether this process has no accelerator, or is told not to use it."""
    told = os.environ.get("ACCELERATE_USE_CPU", "").lower() in {"1", "true", "yes"}
    return told or not torch.accelerator.is_available()


def fit_to_machine(cfg: Any) -> None:
    """Change a raw config, before Axolotl validates it, so that it trains on this machine."""
    if not trains_on_cpu():
        if torch.backends.mps.is_available() and is_open(cfg):
            cfg["bf16"] = False
            _say("training in float32 on Apple's GPU, where Axolotl would take float16")
        return
    chosen = choose_precision(cfg, units_here())
    cfg["bf16"] = chosen.bf16
    _say(chosen.message)
    for key in GPU_KERNELS:
        if cfg.get(key) is None:
            cfg[key] = False
    if cfg.get("tf32"):
        cfg["tf32"] = False
    # As the launchers' variable says it: for Axolotl, accelerate and transformers alike.
    os.environ["ACCELERATE_USE_CPU"] = "true"
    skip_peer_probe()
    _say(use_all_cores())


def fit_model(model: Any) -> None:
    """Put the operations that suit a CPU into a model that is loaded."""
    from recipe_losses.cpu.adapters import fuse_adapters
    from recipe_losses.cpu.attention import use_cpu_attention
    from recipe_losses.cpu.norms import fuse_norms
    from recipe_losses.cpu.rotary import fuse_rotary
    from recipe_losses.cpu.shared import share_beginnings
    from recipe_losses.forward import causal_model

    base = causal_model(model)
    fuse_adapters(model)
    fuse_norms(model)
    fuse_rotary(base)
    if use_cpu_attention(base):
        share_beginnings(base)


def _say(message: str | None) -> None:
    if message and is_first():
        print(message, flush=True)
