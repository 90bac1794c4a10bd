"""GGUF F16 → a smaller type, by llama.cpp's own quantizer, with the types read back."""

from __future__ import annotations

import ctypes
import os
from collections import Counter
from pathlib import Path

from recipe_data.errors import TopochefError
from recipe_data.files import atomic_path, sha256, update_manifest
from recipe_export.convert import FULL_TYPES, convert, file_facts
from recipe_export.local import last_words, native
from recipe_export.reference import merged_reference
from recipe_export.run import Run, model_hash, sweep
from recipe_export.verdict import require
from recipe_export.verify import check_logits

SUPER_BLOCK = 256  # weights that K and IQ types encode together: rows must be multiples of it


def quantize(run: Run, kind: str = "Q4_K_M") -> str:
    """Make `run.gguf(kind)` from the F16 file, measured; return a line that says what was done.

    The F16 file is made first where it is missing. Raises `TopochefError` if llama.cpp knows no
    such type or cannot reach it, if tensors silently took another type, or if the logits are
    further off than the type may be; then nothing is written.
    """
    if kind in FULL_TYPES:
        return convert(run, kind)
    file_type(kind)
    convert(run, "F16")
    source, path, stage = run.gguf("F16"), run.gguf(kind), f"gguf {kind}"
    inputs = {"source": sha256(source), "type": kind}
    if run.finished(stage, path, inputs):
        return "already quantized"
    sweep(path.parent)
    with atomic_path(path) as part:
        write_quantized(source, part, kind)
        types = check_types(part, kind)
        expected = merged_reference(run.merged, model_hash(run.merged))
        verdicts = require(check_logits(part, kind, expected))
        facts = {"inputs": inputs, **file_facts(part), "tensor_types": types, "checks": verdicts}
        update_manifest(run.folder, stage, facts)
    kl, top1 = (verdicts[0]["measured"][name] for name in ("kl", "top1"))
    return f"{facts['bytes'] / 1e6:.1f} MB, KL {kl:.1e}, same first token at {top1:.1%}"


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
    """Quantize a GGUF file with llama.cpp."""
    llama_cpp = native()
    settings = llama_cpp.llama_model_quantize_default_params()
    settings.ftype = file_type(kind)
    settings.nthread = os.cpu_count() or 1
    status = llama_cpp.llama_model_quantize(
        os.fsencode(source), os.fsencode(path), ctypes.byref(settings)
    )
    if status != 0 or not path.is_file():
        raise TopochefError(
            f"llama.cpp could not quantize {source} to {kind} (status {status}): {last_words()}: "
            "free disk space, or choose a type that needs no importance matrix"
        )


def check_types(path: Path, kind: str) -> dict[str, int]:
    """Count the tensor types that a file really holds; refuse silent replacements.

    llama.cpp mixes types on purpose (Q4_K_M holds some Q6_K, Q4_0 a Q6_K output), always of
    256-weight blocks; where rows are no multiple of the block it falls back to other types
    without an error, and the file still says Q4_K_M.
    """
    from gguf import GGML_QUANT_SIZES, GGUFReader

    tensors = GGUFReader(path).tensors
    replaced = [
        f"{tensor.name} is {tensor.tensor_type.name} (rows of {tensor.shape[0]})"
        for tensor in tensors
        if len(tensor.shape) > 1
        and tensor.tensor_type.name != kind
        and GGML_QUANT_SIZES[tensor.tensor_type][0] != SUPER_BLOCK
    ]
    if replaced:
        raise TopochefError(
            f"{kind} is not what llama.cpp made of {len(replaced)} tensors: "
            f"{'; '.join(replaced[:3])}. Nothing was written: choose Q8_0 for this model, whose "
            f"rows are no multiples of {SUPER_BLOCK}"
        )
    return dict(sorted(Counter(tensor.tensor_type.name for tensor in tensors).items()))
