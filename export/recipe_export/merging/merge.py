"""Adapter + base → a full model that carries the adapter's tokenizer and chat template."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from recipe_base.console import progress
from recipe_base.errors import TopochefError
from recipe_base.files import atomic_folder, write_text
from recipe_base.hub import find_base
from recipe_base.runs import Run
from recipe_export.chat import pin_trained, recorded_settings
from recipe_export.converting.refusals import refuse_early
from recipe_export.memory import costs, growing
from recipe_export.merging.adapter import Adapter
from recipe_export.models.files import (
    MODEL_FILES,
    TOKENIZER_FILES,
    chat_template,
    copy_into,
    hash_files,
    model_hash,
    present,
    read_json,
    versions,
)
from recipe_export.models.weights import WEIGHTS_INDEX, Checkpoint, Floats, StoredTensor, rewrite
from recipe_export.proofs.layerwise import load_libraries
from recipe_export.proofs.merged import check_files, check_merged
from recipe_export.proofs.verdict import require

STAGE = "merge"
OUTPUT = "lm_head.weight"


def merge(run: Run, base: str | None = None) -> str:
    """Make `run.merged` whole and proven; return a line that says what was done.

    `base` stands in for the model that the adapter names, which may be a quantized copy: adapters
    of QLoRA are merged into full-precision weights. A run without an adapter whose `merged` is a
    full model (full-parameter training) is used as it is. Raises `TopochefError` if there is
    neither, if the adapter is more than LoRA, if the base is quantized, or if the merged model is
    incomplete or not base + adapter; then nothing is written.
    """
    if not (run.adapter / "adapter_config.json").is_file():
        return _use_full_model(run)
    adapter = Adapter.open(run.adapter)
    name = base or adapter.base
    source = full_precision(find_base(name), run.folder)
    inputs = {
        "adapter": hash_files(_adapter_files(run.adapter)),
        "base": model_hash(source),
    }
    if run.finished(STAGE, run.merged, inputs):
        return "already merged"
    if run.merged.exists():
        raise TopochefError(
            f"{run.merged} is there, but not from `recipe-export merge`: delete it to make it anew"
        )
    template = chat_template(adapter.folder) or chat_template(source)
    settings = recorded_settings(adapter.folder)
    refuse_early(source, _tokenizer_of(adapter.folder, source), template, settings)
    load_libraries(source, "peft")
    with atomic_folder(run.merged) as folder:
        with growing() as writing:
            write_merged(adapter, source, folder)
        with growing() as proving:
            verdicts = require(check_files(source, folder))
            verdicts += require(check_merged(source, run.adapter, folder))
        facts = {
            "inputs": inputs,
            "base": name,
            "matrices": len(adapter.pairs),
            "checks": verdicts,
            **costs(writing=writing, proving=proving),
            "versions": versions("peft", "torch", "transformers"),
        }
        run.record(STAGE, facts)
    return f"{len(adapter.pairs)} matrices merged into {name}"


def write_merged(adapter: Adapter, base: Path, folder: Path) -> None:
    """Write the merged model's files into an empty folder, some rows in memory at a time."""
    weights = Checkpoint.open(base)
    _match(adapter, weights)

    def adapted(tensor: StoredTensor, rows: slice) -> Floats:
        values = tensor.read(rows)
        values += adapter.pairs[tensor.name].delta(rows)
        return values

    written = (
        name
        for file in weights.files
        for name in rewrite(file, folder / file.name, adapter.pairs, adapted)
    )
    for _ in progress(written, "merging", len(weights.tensors)):
        pass
    copy_into(present(base, (*MODEL_FILES, WEIGHTS_INDEX)), folder)
    _write_tokenizer(adapter.folder, base, folder)
    pin_trained(adapter.folder, folder)


def full_precision(base: Path, run: Path) -> Path:
    """Return the base if its weights are plain numbers.

    Raises `TopochefError` for a quantized copy, such as QLoRA runs may name.
    """
    quantized = read_json(base / "config.json").get("quantization_config")
    if quantized is not None:
        method = quantized.get("quant_method") if isinstance(quantized, dict) else quantized
        raise TopochefError(
            f"{base}/config.json: quantization_config ({method}): adapters are merged into "
            f"full-precision weights: name the model that this one was made from, "
            f"`recipe-export merge {run} --base NAME`"
        )
    return base


def _use_full_model(run: Run) -> str:
    if not (run.merged / "config.json").is_file():
        if list(run.adapter.glob("adapter_model.*")):
            raise TopochefError(
                f"{run.adapter}/adapter_config.json not found, though the adapter's weights are "
                "there: copy it from where training ran"
            )
        raise TopochefError(
            f"{run.adapter}/adapter_config.json not found, and {run.merged} is no full model: "
            "train the run first (`axolotl train axolotl_configs/….yaml`)"
        )
    refuse_early(run.merged, run.merged, chat_template(run.merged))
    return "a full model, used as it is"


def _adapter_files(folder: Path) -> list[Path]:
    """The files that decide what is merged: not checkpoints, logs or optimizer states."""
    return [
        *Checkpoint.open(folder, "adapter_model").files,
        *present(folder, ("adapter_config.json", *TOKENIZER_FILES)),
    ]


def _match(adapter: Adapter, weights: Checkpoint) -> None:
    """Refuse an adapter of another model, and one that is not numbers."""
    for name, pair in adapter.pairs.items():
        if not all(np.isfinite(side.read()).all() for side in (pair.a, pair.b)):
            raise TopochefError(
                f"{adapter.folder}: the matrices of {name} hold values that are not numbers (NaN "
                "or infinite): the training diverged, train again with a lower learning_rate, or "
                "take an earlier checkpoint"
            )
        shape = (pair.b.shape[0], pair.a.shape[1])
        found = weights.tensors.get(name)
        if found is None and name == OUTPUT:
            raise TopochefError(
                f"{adapter.folder} adapts {OUTPUT}, which {adapter.base} ties to its input "
                "embedding: train without lm_head in lora_target_modules"
            )
        if found is None or found.shape != shape:
            raise TopochefError(
                f"{adapter.folder} adapts {name} of shape {shape}, but {adapter.base} has "
                f"{'no such matrix' if found is None else f'shape {found.shape}'}: "
                "the adapter belongs to another model"
            )


def _tokenizer_of(adapter: Path, base: Path) -> Path:
    """Return whose tokenizer the merged model gets: the base's where the adapter has none."""
    return adapter if (adapter / "tokenizer.json").is_file() else base


def _write_tokenizer(adapter: Path, base: Path, folder: Path) -> None:
    """Copy the adapter's tokenizer and chat template; the base's where the adapter has none."""
    copy_into(present(_tokenizer_of(adapter, base), TOKENIZER_FILES), folder)
    template = chat_template(adapter) or chat_template(base)
    if template is not None and chat_template(folder) != template:
        write_text(folder / "chat_template.jinja", template)
