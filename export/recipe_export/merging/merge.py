"""Adapter + base → a full model that carries the adapter's tokenizer and chat template."""

from __future__ import annotations

import re
from pathlib import Path

from recipe_base.console import progress
from recipe_base.errors import TopochefError
from recipe_base.files import atomic_folder, write_text
from recipe_base.runs import Run
from recipe_export.chat import pin_trained
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
    _write_tokenizer(adapter.folder, base, folder, read_json(base / "config.json")["vocab_size"])
    pin_trained(adapter.folder, folder)


def find_base(name: str) -> Path:
    """Return the base model's folder: a path from the working directory, or a hub id.

    A hub model is taken from the local cache, or downloaded where the hub may be reached.
    """
    if Path(name).is_dir():
        return Path(name)
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        raise TopochefError(
            f"the base model {name} is not a folder: run from the folder that the path in "
            "adapter_config.json starts from"
        )
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=["*.json", "*.safetensors", "*.jinja"]))
    except (OSError, ValueError) as error:
        raise TopochefError(
            f"the base model {name} is neither a folder here nor in the Hugging Face cache: run "
            f"from the folder where training ran, or allow downloads (HF_HUB_OFFLINE=0). {error}"
        ) from error


def full_precision(base: Path, run: Path) -> Path:
    """Return the base if its weights are plain numbers.

    Raises `TopochefError` for a quantized copy, such as QLoRA runs may name.
    """
    quantized = read_json(base / "config.json").get("quantization_config")
    if quantized is not None:
        method = quantized.get("quant_method", "unknown")
        raise TopochefError(
            f"{base}/config.json: quantization_config ({method}): adapters are merged into "
            f"full-precision weights: name the model that this one was made from, "
            f"`recipe-export merge {run} --base NAME`"
        )
    return base


def _use_full_model(run: Run) -> str:
    if not (run.merged / "config.json").is_file():
        raise TopochefError(
            f"{run.adapter}/adapter_config.json not found, and {run.merged} is no full model: "
            "train the run first (`axolotl train axolotl_configs/….yaml`)"
        )
    return "a full model, used as it is"


def _adapter_files(folder: Path) -> list[Path]:
    """The files that decide what is merged: not checkpoints, logs or optimizer states."""
    return [
        *Checkpoint.open(folder, "adapter_model").files,
        *present(folder, ("adapter_config.json", *TOKENIZER_FILES)),
    ]


def _match(adapter: Adapter, weights: Checkpoint) -> None:
    """Refuse an adapter of another model."""
    for name, pair in adapter.pairs.items():
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


def _write_tokenizer(adapter: Path, base: Path, folder: Path, rows: int) -> None:
    """Copy the adapter's tokenizer and chat template; the base's where the adapter has none."""
    source = adapter if (adapter / "tokenizer.json").is_file() else base
    entries = read_json(source / "tokenizer.json")
    last = max(
        [*entries["model"]["vocab"].values(), *(token["id"] for token in entries["added_tokens"])]
    )
    if last >= rows:
        raise TopochefError(
            f"{source}/tokenizer.json has a token {last}, but the model's embedding has {rows} "
            "rows: the tokenizer belongs to another model"
        )
    copy_into(present(source, TOKENIZER_FILES), folder)
    template = chat_template(adapter) or chat_template(base)
    if template is not None and chat_template(folder) != template:
        write_text(folder / "chat_template.jinja", template)
