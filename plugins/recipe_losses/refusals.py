"""What a config may not say beside `recipe_loss`: refused before anything is loaded."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import Any

from recipe_losses import dataset_keys
from recipe_losses.errors import RecipeLossError

_NO_ROWS = re.compile(rb"(\xef\xbb\xbf)?\s*(\[\s*\]\s*)?")

CONFLICTS = {
    "label_smoothing_factor": "smooths a cross-entropy that is not computed",
    "use_eaft": "replaces the loss",
    "liger_fused_linear_cross_entropy": "replaces the head's loss",
    "liger_cross_entropy": "replaces the loss function",
    "cut_cross_entropy": "replaces the head's loss",
    "chunked_cross_entropy": "replaces the loss function",
    "use_kernels_cross_entropy": "replaces the loss function",
    "rl": "has a loss of its own",
    "orpo_alpha": "has a loss of its own",
    "neftune_noise_alpha": "moves the embeddings that the terms compare with",
}


def refuse_conflicts(cfg: Any) -> None:
    """Raise for settings under which the composite loss would not be what is trained.

    `cfg` is the raw config: Axolotl's own validation drops the keys that it does not know.
    """
    for key in ("datasets", "test_datasets"):
        for entry in cfg.get(key) or []:
            if str(entry.get("type")).startswith(dataset_keys.TYPE):
                dataset_keys.refuse_keys(entry)
    for key, why in CONFLICTS.items():
        if cfg.get(key):
            raise RecipeLossError(f"`{key}` {why}: remove it, or remove the plugin of recipe_loss")
    for key in ("tensor_parallel_size", "context_parallel_size"):
        if (cfg.get(key) or 1) > 1:
            raise RecipeLossError(f"`{key}` splits what the loss needs whole: remove it")
    for key in ("streaming", "pretraining_dataset", "skip_prepare_dataset"):
        if cfg.get(key):
            raise RecipeLossError(f"`{key}` trains rows that nobody has checked: remove it")
    if cfg.get("excess_length_strategy") == "truncate":
        raise RecipeLossError(
            "`excess_length_strategy: truncate` trains on answers that are cut off: "
            "use drop or raise, or a larger sequence_len"
        )
    if (cfg.get("recipe_loss") or {}).get("samples"):
        _refuse_samples(cfg)


def _refuse_samples(cfg: Any) -> None:
    if not cfg.get("val_set_size") and not cfg.get("test_datasets"):
        raise RecipeLossError(
            "recipe_loss.samples: this run evaluates nothing: add `test_datasets` or "
            "`val_set_size`, or remove the block"
        )
    for key in ("fsdp", "fsdp_config", "deepspeed"):
        if cfg.get(key):
            raise RecipeLossError(f"recipe_loss.samples: `{key}` splits the model: remove one")
    for key in ("json_schema", "metrics"):
        if path := cfg["recipe_loss"]["samples"].get(key):
            named(path, f"samples.{key}")


def named(path: str, key: str) -> Any:
    """Import `package.module.attribute`, or say which key of `recipe_loss` is wrong."""
    module, _, attribute = path.rpartition(".")
    try:
        return getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise RecipeLossError(
            f"recipe_loss.{key}: {path} cannot be imported ({error}): "
            "write package.module.name, and install the package"
        ) from error


def refuse_missing_files(cfg: Any) -> None:
    """Raise for a local base model or data file that is not there, before a hub is asked for it."""
    base = str(cfg.get("base_model") or "")
    looks_local = base.startswith((".", "/")) or base.count("/") > 1
    if (looks_local or Path(base.split("/")[0]).is_dir()) and not Path(base).is_dir():
        raise RecipeLossError(f"base_model {base} does not exist here: make it first")
    for key in ("datasets", "test_datasets"):
        for entry in cfg.get(key) or []:
            if not entry.get("path"):
                raise RecipeLossError(f"{key}: an entry has no `path`: write which file it is")
            path = Path(entry["path"])
            if path.suffix in {".json", ".jsonl", ".csv", ".parquet"} and not path.is_file():
                raise RecipeLossError(f"{key}: {path} does not exist here: make it first")
            if path.is_file() and _NO_ROWS.fullmatch(_beginning(path)):
                raise RecipeLossError(f"{key}: {path} is empty: write its rows first")


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(1 << 16)
