"""`recipe-export import`: a GGUF file → a folder that transformers and Axolotl load, proven."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from recipe_base.errors import TopochefError
from recipe_base.files import (
    atomic_folder,
    is_done,
    read_manifest,
    sha256,
    update_manifest,
    write_text,
)
from recipe_export.converting.quantize import write_quantized
from recipe_export.importing.config import read_config
from recipe_export.importing.tokenizer import (
    generation_config,
    read_vocabulary,
    write_tokenizer,
)
from recipe_export.importing.weights import (
    DEQUANTIZED,
    is_quantized,
    main_type,
    plan,
    write_weights,
)
from recipe_export.memory import growing
from recipe_export.models.container import Container
from recipe_export.models.files import versions
from recipe_export.proofs.verdict import require
from recipe_export.proofs.verify import check_file, check_tokens

STAGE = "import"
WEIGHTS = "model.safetensors"


def import_gguf(path: Path, output: Path) -> str:
    """Make `output` from a GGUF file; return a line that says what was done.

    Raises `TopochefError` if the file is damaged or incomplete, if there is no counterpart of it
    in transformers, if `output` holds something else, or if the folder's tokens, tensors or
    logits are not the file's; then nothing is written.
    """
    source = Container.open(path)
    inputs = {"sha256": sha256(path)}
    if _finished(output, inputs):
        return f"already imported from {path.name}"
    with atomic_folder(output) as folder:
        with growing() as writing:
            facts = _write(source, folder)
        with growing() as proving:
            checks = _prove(source, folder)
        facts |= {
            "inputs": inputs,
            "source": path.name,
            "source_bytes": path.stat().st_size,
            "general": {k: v for k, v in source.metadata.items() if k.startswith("general.")},
            "files": {file.name: file.stat().st_size for file in sorted(folder.iterdir())},
            "peak_bytes": {"writing": writing.bytes, "proving": proving.bytes},
            "checks": checks,
            "versions": versions("gguf", "llama-cpp-python", "tokenizers", "transformers"),
        }
        update_manifest(folder, STAGE, facts)
    kl = checks[-1]["measured"]["kl"]
    return (
        f"{facts['parameters'] / 1e6:.1f} million parameters as {facts['dtype']}, token ids and "
        f"tensors identical, KL {kl:.1e}"
    )


def _finished(output: Path, inputs: dict[str, Any]) -> bool:
    """Tell whether the import is there; refuse a folder of something else, or a damaged one."""
    if is_done(output, STAGE, inputs):
        files = read_manifest(output)[STAGE]["files"]
        sizes = {name: _size(output / name) for name in files}
        if sizes != files:
            changed = next(name for name in files if sizes[name] != files[name])
            raise TopochefError(f"{output / changed} has changed since the import: delete {output}")
        return True
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise TopochefError(
            f"{output} holds something else: choose another folder, or delete this one"
        )
    return False


def _size(file: Path) -> int | None:
    return file.stat().st_size if file.is_file() else None


def write_words(source: Container, folder: Path) -> None:
    """Write every file but the weights: config, tokenizer, template."""
    config = read_config(source, main_type(source))
    words = read_vocabulary(source)
    write_tokenizer(source, words, folder, config["max_position_embeddings"])
    for name, value in (("config", config), ("generation_config", generation_config(source))):
        write_text(folder / f"{name}.json", json.dumps(value, indent=2) + "\n")


def _write(source: Container, folder: Path) -> dict[str, Any]:
    """Write every file of the folder; return what was written."""
    write_words(source, folder)
    planned = plan(source, folder)
    write_weights(planned, folder / WEIGHTS)
    types = Counter(stored.kind for stored in source.tensors.values())
    return {
        "parameters": sum(math.prod(tensor.shape) for tensor in planned),
        "dtype": main_type(source),
        "tensor_types": dict(sorted(types.items())),
    }


def _prove(source: Container, folder: Path) -> list[dict[str, Any]]:
    """Compare tokens, sizes, values and logits; return the verdicts for the manifest."""
    verdicts = require(check_tokens(source.path, folder))
    with _widened(source, folder) as path:
        verdicts += require(*check_file(path, folder, imported=True))
    return verdicts


@contextmanager
def _widened(source: Container, folder: Path) -> Iterator[Path]:
    """Give the file itself or, where it is quantized, llama.cpp's own copy of it in F16.

    The copy lies in `folder` while it is needed, and goes with it if the process is killed.
    Its values are llama.cpp's reading of the quantized ones, rounded as the import rounds. Both
    sides have the same bits: a scale, its refinement and a weight have 24 bits together, so that
    nothing is rounded on the way to float32 but the last sum. And with F16 llama.cpp rounds
    activations a thousand times finer than with quantized weights.
    """
    if not is_quantized(source):
        yield source.path
        return
    path = folder / f"{DEQUANTIZED}.gguf"
    try:
        write_quantized(source.path, path, DEQUANTIZED)
        yield path
    finally:
        path.unlink(missing_ok=True)
