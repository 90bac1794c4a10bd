"""A full model → a GGUF file in F16, BF16 or F32, tensor by tensor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from recipe_base.console import progress
from recipe_base.errors import TopochefError
from recipe_base.files import atomic_path, sha256
from recipe_base.runs import Run
from recipe_export.converting.plan import plan
from recipe_export.converting.refusals import refuse_early
from recipe_export.converting.vocabulary import add_vocabulary
from recipe_export.memory import Growth, costs, growing
from recipe_export.models.architecture import Model
from recipe_export.models.files import chat_template, model_hash, read_json, versions
from recipe_export.models.weights import Checkpoint
from recipe_export.proofs.conversations import BUILT_IN, Probes
from recipe_export.proofs.layerwise import load_libraries
from recipe_export.proofs.verdict import require
from recipe_export.proofs.verify import check_file, check_tokens


def convert(run: Run, kind: str = "F16", probes: Probes = BUILT_IN) -> str:
    """Make `run.gguf(kind)` from `run.merged`, proven; return a line that says what was done.

    Raises `TopochefError` if there is no full model, if llama.cpp would compute something else
    for it, or if token ids, values or logits differ; then nothing is written.
    """
    if not (run.merged / "config.json").is_file():
        raise TopochefError(f"{run.merged} holds no model: run `recipe-export merge {run.folder}`")
    content = model_hash(run.merged)
    path, stage, inputs = run.gguf(kind), f"gguf {kind}", {"model": content, "type": kind}
    if run.finished(stage, path, inputs):
        return "already converted"
    refuse_early(run.merged, run.merged, chat_template(run.merged))
    load_libraries(run.merged)
    with atomic_path(path) as part:
        with growing() as writing:
            write_gguf(run.merged, part, kind, run.name)
        with growing() as proving:
            verdicts = require(check_tokens(part, run.merged))
            verdicts += require(*check_file(part, run.merged, probes, content=content))
        facts = {"inputs": inputs, **file_facts(part, writing, proving), "checks": verdicts}
        run.record(stage, facts)
    return f"{facts['bytes'] / 1e6:.1f} MB, token ids identical, {distance(verdicts)}"


def distance(verdicts: list[dict[str, Any]]) -> str:
    """Say how far a proven file is from the model that it was made from; its type costs that."""
    found = verdicts[-1]["measured"]
    return f"KL {found['kl_to_model']:.1e}, same first token at {found['top1_as_model']:.1%}"


def file_facts(path: Path, writing: Growth, proving: Growth) -> dict[str, Any]:
    """Return what the manifest says of every GGUF file: its size and hash, and what it took."""
    return {
        "bytes": path.stat().st_size,
        "sha256": sha256(path),
        **costs(writing=writing, proving=proving),
        "versions": versions("gguf", "llama-cpp-python", "transformers"),
    }


def write_gguf(folder: Path, path: Path, kind: str, name: str) -> None:
    """Write a full model as GGUF; memory holds some rows of one tensor at a time."""
    from gguf import GGML_QUANT_VERSION, GGMLQuantizationType, GGUFWriter, LlamaFileType

    config = read_json(folder / "config.json")
    model = Model.from_config(config)
    outputs = list(plan(model, Checkpoint.open(folder), kind))
    writer = GGUFWriter(path, model.architecture.gguf)
    writer.add_type("model")
    writer.add_name(name)
    model.add_sizes(writer)
    writer.add_file_type(LlamaFileType["ALL_F32" if kind == "F32" else f"MOSTLY_{kind}"])
    writer.add_quantization_version(GGML_QUANT_VERSION)
    add_vocabulary(writer, folder, config["vocab_size"])
    for tensor in outputs:
        writer.add_tensor_info(
            tensor.name,
            tensor.shape,
            np.dtype(np.float32),
            tensor.nbytes,
            raw_dtype=GGMLQuantizationType[tensor.kind],
        )
    try:
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        for tensor in progress(outputs, f"writing {kind}"):
            writer.write_tensor_data(tensor)
    finally:
        writer.close()
