"""Memory and speed of merging and converting a model of several shards: `make bench`.

Nothing is mapped into memory, so the resident memory of a process is all that it needs; what it
held after its imports is subtracted. The weights are random bfloat16, the largest tensor fills
most of its shard. Logits are not compared here: proving an export loads whole models in float32.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from recipe_data.tiny import grow_tiny_model
from recipe_export.adapter import Adapter
from recipe_export.convert import write_gguf
from recipe_export.memory import forget_peak, peak_bytes, resident_bytes
from recipe_export.merge import write_merged
from recipe_export.weights import Checkpoint

HIDDEN, INNER, VOCABULARY, RANK = 1024, 4096, 120_000, 16
SIZES = {
    "architectures": ["LlamaForCausalLM"],
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--layers", type=int, default=16, help="30 MB each")
    parser.add_argument("--step", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.step:
        print(json.dumps(one_step(arguments.step[0], Path(arguments.step[1]))))
        return
    with tempfile.TemporaryDirectory() as folder:
        Console().print(measure(Path(folder), arguments.layers))


def measure(folder: Path, layers: int) -> Table:
    """Measure each step in a process of its own."""
    write_model(folder, layers)
    shards = [file.stat().st_size for file in Checkpoint.open(folder / "base").files]
    title = f"{sum(shards) / 1e6:,.0f} MB of bfloat16, largest shard {max(shards) / 1e6:,.0f} MB"
    table = Table("", "peak memory", "of the largest shard", "MB/s", title=title)
    for step in ("merge", "convert"):
        command = [sys.executable, __file__, "--step", step, str(folder)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        found = json.loads(done.stdout)
        table.add_row(
            step,
            f"{found['bytes'] / 1e6:,.0f} MB",
            f"{found['bytes'] / max(shards):.2f} ×",
            f"{sum(shards) / 1e6 / found['seconds']:,.0f}",
        )
    return table


def one_step(step: str, folder: Path) -> dict[str, float]:
    """Return the seconds and the memory of one step, beyond what its imports hold."""
    import gguf  # noqa: F401

    forget_peak()
    before, start = resident_bytes(), time.perf_counter()
    if step == "merge":
        (folder / "merged").mkdir()
        write_merged(Adapter.open(folder / "adapter"), folder / "base", folder / "merged")
    else:
        write_gguf(folder / "merged", folder / "model.gguf", "F16", "bench")
    return {"bytes": peak_bytes() - before, "seconds": time.perf_counter() - start}


def write_model(folder: Path, layers: int) -> None:
    """Write a base model in three shards, and an adapter of every matrix."""
    base, adapter = folder / "base", folder / "adapter"
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
    config = {"peft_type": "LORA", "r": RANK, "lora_alpha": 32, "base_model_name_or_path": "base"}
    (adapter / "adapter_config.json").write_text(json.dumps(config))
    sides = {}
    for name, (rows, columns) in matrices.items():
        module = "base_model.model." + name.removesuffix(".weight")
        sides[f"{module}.lora_A.weight"] = (RANK, columns)
        sides[f"{module}.lora_B.weight"] = (rows, RANK)
    save(adapter / "adapter_model.safetensors", sides, "float32")


def save(path: Path, shapes: dict[str, tuple[int, ...]], dtype: str) -> None:
    import torch
    from safetensors.torch import save_file

    kind = getattr(torch, dtype)
    tensors = {name: torch.empty(shape, dtype=kind).normal_() for name, shape in shapes.items()}
    save_file(tensors, path, {"format": "pt"})


if __name__ == "__main__":
    main()
