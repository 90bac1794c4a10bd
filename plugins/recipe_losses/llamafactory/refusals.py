"""What a config may not say beside `recipe_loss` under LLaMA-Factory: refused before it loads."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recipe_losses.errors import RecipeLossError

CONFLICTS = {
    "use_dft_loss": "replaces the loss",
    "use_asft_loss": "replaces the loss",
    "use_eaft_loss": "replaces the loss",
    "label_smoothing_factor": "smooths a cross-entropy that is not computed",
    "neftune_noise_alpha": "moves the embeddings that the terms compare with",
    "enable_liger_kernel": "replaces the head's loss",
    "use_liger_kernel": "replaces the head's loss",
    "use_unsloth": "replaces the model's forward, where the loss lives",
    "use_v1_kernels": "replaces parts of the model's forward, where the loss lives",
    "use_kt": "replaces the model's forward, where the loss lives",
    "mixture_of_depths": "replaces the model's forward, where the loss lives",
    "moe_aux_loss_coef": "adds a loss of the router that would not be computed",
    "upcast_lmhead_output": "changes logits that are never formed",
    "resize_vocab": "trains the embeddings or the head, both needed as they are",
    "add_tokens": "trains the embeddings or the head, both needed as they are",
    "add_special_tokens": "trains the embeddings or the head, both needed as they are",
    "new_special_tokens_config": "trains the embeddings or the head, both needed as they are",
    "use_badam": "decides anew which weights are trained, among them the embeddings",
    "use_mca": "trains with another trainer",
    "use_hyper_parallel": "trains with another trainer",
    "deepspeed": "splits weights that the loss needs whole; nobody has tried it",
    "fsdp": "splits weights that the loss needs whole; nobody has tried it",
    "fsdp_config": "splits weights that the loss needs whole; nobody has tried it",
    "fp8": "trains with products that nobody has tried",
    "compute_accuracy": "needs logits, which are never formed",
    "predict_with_generate": "generates with columns that no model takes",
    "do_predict": "needs logits, which are never formed",
    "packing": "lays several rows in one, and whose spans are whose would be lost",
    "neat_packing": "lays several rows in one, and whose spans are whose would be lost",
    "streaming": "trains rows that nobody has checked",
    "tokenized_path": "brings rows that have no spans",
}
ENVIRONMENT = {
    "USE_V1": "starts another LLaMA-Factory",
    "USE_MCA": "trains with another trainer",
    "USE_RAY": "trains in processes that do not know the loss",
    "USE_KT": "replaces the model's forward, where the loss lives",
}
HEADS = ("lm_head", "embed_tokens", "all-linear")


def refuse_conflicts(config: Mapping[str, Any]) -> None:
    """Raise for settings under which the composite loss would not be what is trained."""
    for key, why in CONFLICTS.items():
        if config.get(key):
            raise RecipeLossError(f"`{key}` {why}: remove it, or train with llamafactory-cli")
    for key, why in ENVIRONMENT.items():
        if _is_on(key):
            raise RecipeLossError(f"the environment variable {key} {why}: unset it")
    if config.get("stage") != "sft":
        raise RecipeLossError(
            f"`stage: {config.get('stage')}` has a loss of its own, or none: write `stage: sft`"
        )
    if not config.get("do_train"):
        raise RecipeLossError("`do_train` is not true, so nothing would be trained: write it")
    if not config.get("output_dir"):
        raise RecipeLossError("`output_dir` is missing: name a folder for the run")
    if config.get("ignore_pad_token_for_loss") is False:
        raise RecipeLossError("`ignore_pad_token_for_loss: false` trains padding: remove it")
    for key in ("additional_target", "lora_target"):
        named = {name.strip() for name in str(config.get(key) or "").split(",")}
        if both := sorted(named & set(HEADS)):
            raise RecipeLossError(
                f"`{key}` names {', '.join(both)}: the loss needs head and embeddings without "
                "adapters: name other modules"
            )
    if (config["recipe_loss"] or {}).get("samples"):
        raise RecipeLossError("`recipe_loss.samples` is done under Axolotl alone: remove the block")
    _refuse_columns(config)


def refuse_several_devices() -> None:
    """Raise where LLaMA-Factory would start processes that do not know the loss."""
    import torch

    started = "LOCAL_RANK" in os.environ
    several = torch.accelerator.is_available() and torch.accelerator.device_count() > 1
    if not started and (several or _is_on("FORCE_TORCHRUN")):
        raise RecipeLossError(
            "several devices, or FORCE_TORCHRUN: LLaMA-Factory would start processes that do not "
            "know the loss: `torchrun --nproc_per_node N -m recipe_losses.llamafactory train "
            "CONFIG.yaml`, or name one device by CUDA_VISIBLE_DEVICES"
        )


def _refuse_columns(config: Mapping[str, Any]) -> None:
    """Raise for columns of ours that dataset_info.json calls otherwise: that is not read."""
    folder = config.get("dataset_dir", "data")
    path = Path(str(folder)) / "dataset_info.json"
    if not path.is_file():
        return
    described = json.loads(path.read_text())
    for name in dataset_names(config):
        columns = (described.get(name) or {}).get("columns") or {}
        for key in ("id", "task", "spans", "trained"):
            if columns.get(key, key) != key:
                raise RecipeLossError(
                    f"{path}: {name}: `columns.{key}: {columns[key]}`: call the column `{key}` in "
                    "the file itself, LLaMA-Factory hands on no other name"
                )


def dataset_names(config: Mapping[str, Any]) -> list[str]:
    """Name the datasets of a config, as LLaMA-Factory reads the two keys."""
    texts = [str(config.get(key) or "") for key in ("dataset", "eval_dataset")]
    return [name.strip() for text in texts for name in text.split(",") if name.strip()]


def _is_on(variable: str) -> bool:
    return os.environ.get(variable, "").lower() in {"true", "y", "1"}
