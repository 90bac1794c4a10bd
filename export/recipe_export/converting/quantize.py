"""GGUF F16 → a smaller type, by llama.cpp's own quantizer, with the types read back."""

from __future__ import annotations

import ctypes
import os
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from recipe_base.errors import TopochefError
from recipe_base.files import atomic_path, sha256
from recipe_base.runs import Run
from recipe_export.converting.convert import convert, distance, file_facts
from recipe_export.local import last_words, native
from recipe_export.memory import growing
from recipe_export.models.container import Container
from recipe_export.models.files import model_hash
from recipe_export.models.weights import STORED
from recipe_export.proofs.conversations import BUILT_IN, Probes
from recipe_export.proofs.layerwise import load_libraries
from recipe_export.proofs.tensors import SUPER_BLOCK
from recipe_export.proofs.verdict import require
from recipe_export.proofs.verify import check_file


def quantize(run: Run, kind: str = "Q4_K_M", probes: Probes = BUILT_IN) -> str:
    """Make `run.gguf(kind)` from the F16 file, measured; return a line that says what was done.

    The F16 file is made first where it is missing. Raises `TopochefError` if llama.cpp knows no
    such type or cannot reach it, if a value is further off than the type may be, or if llama.cpp
    computes something else with it than transformers; then nothing is written.
    """
    if kind in STORED:
        return convert(run, kind, probes)
    file_type(kind)
    convert(run, "F16", probes)
    source, path, stage = run.gguf("F16"), run.gguf(kind), f"gguf {kind}"
    inputs = {"source": sha256(source), "type": kind}
    if run.finished(stage, path, inputs):
        return "already quantized"
    load_libraries(run.merged)
    with atomic_path(path) as part:
        with growing() as writing:
            write_quantized(source, part, kind)
        types = read_types(part, kind)
        with growing() as proving:
            content = model_hash(run.merged)
            verdicts = require(*check_file(part, run.merged, probes, content=content))
        facts = {
            "inputs": inputs,
            **file_facts(part, writing, proving),
            "tensor_types": types.counts,
            "tensors_replaced": types.replaced,
            "checks": verdicts,
        }
        run.record(stage, facts)
    return f"{facts['bytes'] / 1e6:.1f} MB, {distance(verdicts)}{told(types, kind)}"


def told(types: Types, kind: str) -> str:
    """Say what the file holds instead of the type that its name promises."""
    if not types.replaced:
        return ""
    return (
        f"; {len(types.replaced)} tensors are not what {kind} promises, since their rows are no "
        f"multiples of {SUPER_BLOCK}: {types.replaced[0]}, …"
    )


def file_type(kind: str) -> int:
    """Return llama.cpp's number of a file type.

    >>> file_type("Q4_K_M")
    15
    """
    from gguf import LlamaFileType

    known = {
        member.name.removeprefix("MOSTLY_").removeprefix("ALL_"): int(member)
        for member in LlamaFileType
    }
    if kind not in known or kind == "GUESSED":
        raise TopochefError(
            f"{kind} is no GGUF type: choose from {', '.join(sorted(known.keys() - {'GUESSED'}))}"
        )
    return known[kind]


def write_quantized(source: Path, path: Path, kind: str) -> None:
    """Give the tensors of a GGUF file another type, with llama.cpp."""
    llama_cpp = native()
    settings = llama_cpp.llama_model_quantize_default_params()
    settings.ftype = file_type(kind)
    settings.allow_requantize = kind in STORED  # to widen a quantized file
    settings.nthread = os.cpu_count() or 1
    status = llama_cpp.llama_model_quantize(
        os.fsencode(source), os.fsencode(path), ctypes.byref(settings)
    )
    if status != 0 or not path.is_file():
        raise TopochefError(
            f"llama.cpp could not quantize {source} to {kind} (status {status}): {last_words()}: "
            "free disk space, or choose a type that needs no importance matrix"
        )


class Types(NamedTuple):
    """The tensor types that a file really holds."""

    counts: dict[str, int]
    replaced: tuple[str, ...]
    """Tensors that took a type of another kind, because their rows do not fit the one asked for."""


def read_types(path: Path, kind: str) -> Types:
    """Count the tensor types of a file; name silent replacements.

    llama.cpp mixes types on purpose (Q4_K_M holds some Q6_K, Q4_0 a Q6_K output), always of
    256-weight blocks; where rows are no multiple of the block it falls back to other types
    without an error, and the file still says Q4_K_M.
    """
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

    tensors = Container.open(path).tensors.values()
    replaced = tuple(
        f"{tensor.name} is {tensor.kind} (rows of {tensor.shape[-1]})"
        for tensor in tensors
        if len(tensor.shape) > 1
        and tensor.kind != kind
        and GGML_QUANT_SIZES[GGMLQuantizationType[tensor.kind]][0] != SUPER_BLOCK
    )
    counts = Counter(tensor.kind for tensor in tensors)
    return Types(dict(sorted(counts.items())), replaced)
