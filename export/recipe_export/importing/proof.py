"""Proves that an imported folder is the model of its GGUF file, as llama.cpp reads it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from recipe_export.converting.quantize import write_quantized
from recipe_export.importing.weights import DEQUANTIZED, is_quantized
from recipe_export.models.container import Container
from recipe_export.proofs.verdict import require
from recipe_export.proofs.verify import check_file, check_tokens


def prove(source: Container, folder: Path) -> list[dict[str, Any]]:
    """Compare tokens, sizes, values and logits; return the verdicts for the manifest."""
    verdicts = require(check_tokens(source.path, folder))
    with widened(source, folder) as path:
        verdicts += require(*check_file(path, folder, imported=True))
    return verdicts


@contextmanager
def widened(source: Container, folder: Path) -> Iterator[Path]:
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
