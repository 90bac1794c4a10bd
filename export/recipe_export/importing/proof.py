"""Proves that an imported folder is the model of its GGUF file, as llama.cpp reads it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from recipe_export.architecture import Model
from recipe_export.convert import plan as converted
from recipe_export.held_out import BUILT_IN
from recipe_export.importing.container import Container
from recipe_export.importing.rope import FACTORS
from recipe_export.importing.weights import DEQUANTIZED, is_quantized
from recipe_export.quantize import write_quantized
from recipe_export.reference import merged_reference
from recipe_export.verdict import Verdict, require
from recipe_export.verify import check_logits, check_tokens
from recipe_export.weights import Checkpoint


def prove(source: Container, folder: Path, model: Model) -> list[dict[str, Any]]:
    """Compare tokens, tensors and logits; return the verdicts for the manifest."""
    verdicts = require(check_tokens(source.path, folder))
    with widened(source, folder.parent) as wide:
        verdicts += require(check_tensors(wide, folder, model, is_quantized(source)))
        expected = merged_reference(folder, str(folder), BUILT_IN)
        verdicts += require(check_logits(wide.path, "F32", expected, BUILT_IN.source))
    return verdicts


@contextmanager
def widened(source: Container, scratch: Path) -> Iterator[Container]:
    """Give the weights in F32, with which alone llama.cpp computes exactly.

    It rounds activations to the type of the weights, to 8 bits where those are quantized. What is
    quantized passes through F16, to be rounded as the import does; llama.cpp itself does both.
    """
    steps = [DEQUANTIZED, "F32"] if is_quantized(source) else ["F32"]
    if {stored.kind for stored in source.tensors.values()} == {"F32"}:
        steps = []
    files = [source.path]
    try:
        for kind in steps:
            files.append(scratch / f".{source.path.name}.{kind}.{os.getpid()}.part")
            write_quantized(files[-2], files[-1], kind)
        yield Container.open(files[-1])
    finally:
        for file in files[1:]:
            file.unlink(missing_ok=True)


def check_tensors(wide: Container, folder: Path, model: Model, rounded: bool) -> Verdict:
    """Convert the folder to GGUF, in memory, and compare each tensor with llama.cpp's own.

    `different`: values that are not the same; `furthest`: by how much, in units of the last place
    of F16. Values that were `rounded` to it may differ by one: both sides first compute in float32
    what a quantized weight stands for, in an order of their own.
    """
    outputs = {output.name: output for output in converted(model, Checkpoint.open(folder), "F32")}
    expected = dict(wide.tensors)
    for tensors in (outputs, expected):
        tensors.pop(FACTORS, None)  # its settings were found by its values
    values = different = 0
    furthest = 0.0
    for name in outputs.keys() & expected.keys():
        begin = 0
        for ours in outputs[name].blocks():
            rows = len(ours) if ours.ndim > 1 else 1
            theirs = expected[name].read(slice(begin, begin + rows))
            begin += rows
            values += ours.size
            if (unequal := ours != theirs).any():
                different += int(unequal.sum())
                units = np.spacing(np.abs(theirs[unequal]).astype(np.float16)).astype(np.float32)
                furthest = max(furthest, float((np.abs(ours - theirs)[unequal] / units).max()))
    return Verdict(
        "tensors of the folder, converted to GGUF, against llama.cpp's reading of the file",
        {
            "values": values,
            "different": different,
            "furthest": furthest,
            "tensors_unmatched": len(outputs.keys() ^ expected.keys()),
        },
        {"tensors_unmatched": (None, 0), "furthest": (None, 1 if rounded else 0)},
        "the import is wrong for this model; please report it with the file's name",
    )
