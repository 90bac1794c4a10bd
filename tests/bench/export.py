"""Seconds and memory of every stage of an export, and what they come to at four billion parameters.

    python tests/bench/export.py                  # a made-up model of three shards, 0.4 billion
    python tests/bench/export.py --run RUN        # a copy of a real run

Each stage runs in a process of its own, as the command does, and writes down what writing and
proving took: seconds, and the most memory that the process held by itself (pages of mapped files
are the system's, which takes them back). Imports are left out; the last line has them. Proofs are
held against the largest group of weights that is worked on together: a layer, or the embedding.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from machine import machine
from rich.console import Console
from rich.table import Table

from recipe_base.files import read_manifest
from recipe_base.hub import find_base
from recipe_data.tiny import grow_tiny_model
from recipe_export.models.files import read_json
from recipe_export.models.weights import Checkpoint

HIDDEN, INNER, VOCABULARY, RANK = 1024, 4096, 120_000, 16
SIZES = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "vocab_size": VOCABULARY,
    "hidden_size": HIDDEN,
    "intermediate_size": INNER,
    "num_attention_heads": 16,
    "num_key_value_heads": 4,
    "max_position_embeddings": 4096,
    "rms_norm_eps": 1e-6,
    "tie_word_embeddings": True,
}
MATRICES = {
    "self_attn.q_proj": (HIDDEN, HIDDEN),
    "self_attn.k_proj": (HIDDEN // 4, HIDDEN),
    "self_attn.v_proj": (HIDDEN // 4, HIDDEN),
    "self_attn.o_proj": (HIDDEN, HIDDEN),
    "mlp.gate_proj": (INNER, HIDDEN),
    "mlp.up_proj": (INNER, HIDDEN),
    "mlp.down_proj": (HIDDEN, INNER),
}
NORMS = ("input_layernorm", "post_attention_layernorm")

TYPES = ("F16", "Q8_0", "Q4_K_M")
STAGES = {"merge": "merge", **{kind: f"gguf {kind}" for kind in TYPES}}
FOUR_BILLION = 4.02e9  # Qwen3-4B: an embedding of 151,936 × 2,560, layers of 0.1 billion
LARGEST_OF_FOUR = 2 * 151_936 * 2_560


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--layers", type=int, default=16, help="of the made-up model, 30 MB each")
    parser.add_argument("--run", type=Path, help="a run with an adapter, instead")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "bench"
        if arguments.run is None:
            write_model(run, arguments.layers)
        else:
            shutil.copytree(arguments.run / "adapter", run / "adapter")
        console = Console(width=120)
        console.print(measure(run))
        console.print(machine())


def measure(run: Path) -> Table:
    """Measure each stage in a process of its own."""
    base = find_base(read_json(run / "adapter" / "adapter_config.json")["base_model_name_or_path"])
    sizes = {t.name: math.prod(t.shape) for t in Checkpoint.open(base).tensors.values()}
    parameters, group = sum(sizes.values()), 2 * largest_group(sizes)
    table = Table(
        *(
            "",
            "writing",
            "peak",
            "proving",
            "peak",
            "of the largest group",
            "ns a parameter",
            "4 B",
        ),
        title=f"{parameters / 1e6:,.0f} million parameters, "
        f"largest group {group / 1e6:,.0f} MB in bfloat16, {os.cpu_count()} cores",
    )
    start, reckoned = time.monotonic(), 0.0
    for stage, key in STAGES.items():
        command = ["merge"] if stage == "merge" else ["quantize", "--types", stage]
        recipe_export(run, *command)
        facts = read_manifest(run)[key]
        seconds, peak = facts["seconds"], facts["peak_bytes"]
        share = peak["proving"] / group
        each = sum(seconds.values()) / parameters
        reckoned += each * FOUR_BILLION
        table.add_row(
            stage,
            f"{seconds['writing']:.1f} s",
            f"{peak['writing'] / 1e6:,.0f} MB",
            f"{seconds['proving']:.1f} s",
            f"{peak['proving'] / 1e6:,.0f} MB",
            f"{share:.2f} ×",
            f"{each * 1e9:.1f}",
            f"{each * FOUR_BILLION / 60:.1f} min, {share * LARGEST_OF_FOUR / 1e9:.1f} GB",
        )
    apart = time.monotonic() - start
    shutil.rmtree(run / "merged")
    shutil.rmtree(run / "gguf")
    start = time.monotonic()
    recipe_export(run, "all", "--types", ",".join(TYPES))
    took = time.monotonic() - start
    table.caption = (
        f"recipe-export all --types {','.join(TYPES)}: {took:.1f} s, imports and Modelfile included"
        f" (stage by stage {apart:.1f} s); at 4 B {reckoned / 60:.0f} min"
    )
    return table


def largest_group(sizes: dict[str, int]) -> int:
    """Return the parameters of the largest decoder layer, or of the embedding if that is larger."""
    groups: dict[str, int] = {}
    for name, size in sizes.items():
        parts = name.split(".")
        group = ".".join(parts[:3]) if parts[1] == "layers" else name
        groups[group] = groups.get(group, 0) + size
    return max(groups.values())


def recipe_export(run: Path, command: str, *arguments: str) -> None:
    """Run one command in a process of its own."""
    program = "import sys; from recipe_export.cli import main; sys.exit(main())"
    called = [sys.executable, "-c", program, command, str(run), *arguments]
    ended = subprocess.run(called, capture_output=True, text=True)
    if ended.returncode != 0:
        sys.exit(ended.stdout + ended.stderr)


def write_model(run: Path, layers: int) -> None:
    """Write a base model in three shards, and an adapter of every matrix."""
    base, adapter = run / "base", run / "adapter"
    grow_tiny_model(["rice " * 9], base, vocab_size=300, layers=1)
    (base / "model.safetensors").unlink()
    (base / "config.json").write_text(json.dumps({**SIZES, "num_hidden_layers": layers}))
    matrices = {
        f"model.layers.{i}.{name}.weight": shape
        for i in range(layers)
        for name, shape in MATRICES.items()
    }
    norms = [f"model.layers.{i}.{name}.weight" for i in range(layers) for name in NORMS]
    vectors = dict.fromkeys([*norms, "model.norm.weight"], (HIDDEN,))
    halves = [f"model.layers.{i}." for i in range(layers // 2)]
    first = {name for name in matrices if any(name.startswith(half) for half in halves)}
    shards = [
        {"model.embed_tokens.weight": (VOCABULARY, HIDDEN), **vectors},
        {name: shape for name, shape in matrices.items() if name in first},
        {name: shape for name, shape in matrices.items() if name not in first},
    ]
    files = [f"model-{i}-of-3.safetensors" for i in (1, 2, 3)]
    for file, shapes in zip(files, shards, strict=True):
        save(base / file, shapes, "bfloat16")
    index = {name: file for file, shapes in zip(files, shards, strict=True) for name in shapes}
    (base / "model.safetensors.index.json").write_text(json.dumps({"weight_map": index}))
    adapter.mkdir()
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "r": RANK,
        "lora_alpha": 32,
        "target_modules": [name.split(".")[1] for name in MATRICES],
        "base_model_name_or_path": str(base),
    }
    (adapter / "adapter_config.json").write_text(json.dumps(config))
    sides = {}
    for name, (rows, columns) in matrices.items():
        module = "base_model.model." + name.removesuffix(".weight")
        sides[f"{module}.lora_A.weight"] = (RANK, columns)
        sides[f"{module}.lora_B.weight"] = (rows, RANK)
    save(adapter / "adapter_model.safetensors", sides, "float32")


def save(path: Path, shapes: dict[str, tuple[int, ...]], dtype: str) -> None:
    """Draw weights of the sizes that models have: norms of one, small matrices."""
    import torch
    from safetensors.torch import save_file

    kind = getattr(torch, dtype)
    tensors = {
        name: torch.ones(shape, dtype=kind)
        if len(shape) == 1
        else torch.empty(shape, dtype=kind).normal_(std=0.03)
        for name, shape in shapes.items()
    }
    save_file(tensors, path, {"format": "pt"})


if __name__ == "__main__":
    main()
