"""What a training step really takes beside `axolotl cost`'s estimate: memory and arithmetic.

A random model of Qwen3's form with a LoRA adapter, in float32 on the CPU; the peak is the process's
largest resident size during the step, above what it held before.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import torch
from machine import machine
from peft import LoraConfig, get_peft_model
from rich.console import Console
from rich.table import Table
from transformers import AutoModelForCausalLM, Qwen3Config

from recipe_losses.args import RecipeLossConfig
from recipe_losses.codes import code
from recipe_losses.forward import attach_objective
from recipe_losses.losses.marks import PADDING
from recipe_losses.views.estimate import Rows, Shape, estimate

ROWS, TOKENS, TRAINED = 2, 512, 384
SHAPE = {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12,
         "num_attention_heads": 12, "num_key_value_heads": 4, "head_dim": 64,
         "vocab_size": 65_536, "tie_word_embeddings": True}  # fmt: skip
LOSS = {"tasks": {"default": {"cross_entropy": 0.6, "topological": 0.4}},
        "topological": {"spans": ["ingredient"], "preset": "thesis"}}  # fmt: skip
CONFIG = {
    "adapter": "lora",
    "lora_r": 8,
    "lora_target_modules": ["q_proj", "k_proj", "v_proj", "o_proj"],
    "micro_batch_size": ROWS,
    "sequence_len": TOKENS,
    "num_epochs": 1,
    "recipe_loss": LOSS,
}


def batch() -> dict[str, torch.Tensor]:
    tokens = torch.randint(0, SHAPE["vocab_size"], (ROWS, TOKENS))
    labels, kinds = tokens.clone(), torch.zeros_like(tokens)
    labels[:, : TOKENS - TRAINED] = -100
    kinds[:, TOKENS // 2 : TOKENS // 2 + 96] = code("ingredient")
    nothing = torch.zeros_like(tokens)
    return {
        "input_ids": tokens,
        "labels": labels,
        "attention_mask": nothing + 1,
        **{name: nothing + value for name, value in PADDING.items()},
        "span_kind": kinds,
        "example": nothing + torch.arange(ROWS)[:, None],
    }


def resident(field: str) -> int:
    line = next(
        x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith(field)
    )
    return int(line.split()[1]) * 1024


def measured(checkpointing: bool) -> tuple[int, float]:
    """Return the peak above what was held, in bytes, and the seconds of a step."""
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(Qwen3Config(**SHAPE), attn_implementation="sdpa")
    lora = LoraConfig(r=8, lora_alpha=16, target_modules=CONFIG["lora_target_modules"])
    model = get_peft_model(model, lora)
    if checkpointing:
        model.gradient_checkpointing_enable({"use_reentrant": False})
        model.enable_input_require_grads()
    attach_objective(model, RecipeLossConfig.model_validate(LOSS).objective())
    model.train()
    given = batch()
    model(**given).loss.backward()
    model.zero_grad()
    before = resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    start = time.perf_counter()
    model(**given).loss.backward()
    return resident("VmHWM") - before, time.perf_counter() - start


def main() -> None:
    shape = Shape.of(Qwen3Config(**SHAPE))
    rows = Rows(ROWS, ROWS * TOKENS, ROWS * TRAINED)
    table = Table(title=f"{shape.trunk / 1e6:.0f} M weights in layers, {ROWS} x {TOKENS} tokens")
    for heading in ("checkpointing", "peak, MB", "estimate, MB", "ratio", "s", "GFLOP/s"):
        table.add_column(heading, justify="right")
    for checkpointing in (False, True):
        expected = estimate({**CONFIG, "gradient_checkpointing": checkpointing}, shape, rows)
        peak, seconds = measured(checkpointing)
        guess = expected.memory.activations + expected.memory.working
        table.add_row(
            str(checkpointing),
            f"{peak / 1e6:.0f}",
            f"{guess / 1e6:.0f}",
            f"{peak / guess:.2f}",
            f"{seconds:.2f}",
            f"{expected.flops / seconds / 1e9:.0f}",
        )
    console = Console()
    console.print(table)
    console.print(machine())


if __name__ == "__main__":
    sys.exit(main())
