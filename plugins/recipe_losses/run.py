"""A run is what its config says: one folder for one config, data that has the spans."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from recipe_losses.args import RecipeLossConfig
from recipe_losses.codes import code
from recipe_losses.errors import RecipeLossError

CLAIM = "recipe_loss.json"
VOLATILE = (
    "axolotl_config_path",
    "dataset_prepared_path",
    "device",
    "device_map",
    "resume_from_checkpoint",
    "world_size",
)
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
    """Raise for settings under which the composite loss would not be what is trained."""
    for key, why in CONFLICTS.items():
        if cfg.get(key):
            raise RecipeLossError(f"`{key}` {why}: remove it, or remove the plugin of recipe_loss")
    for key in ("tensor_parallel_size", "context_parallel_size"):
        if (cfg.get(key) or 1) > 1:
            raise RecipeLossError(f"`{key}` splits what the loss needs whole: remove it")


def refuse_missing_files(cfg: Any) -> None:
    """Raise for a local base model or data file that is not there, before a hub is asked for it."""
    base = str(cfg.get("base_model") or "")
    looks_local = base.startswith((".", "/")) or base.count("/") > 1
    if (looks_local or Path(base.split("/")[0]).is_dir()) and not Path(base).is_dir():
        raise RecipeLossError(f"base_model {base} does not exist here: make it first")
    for key in ("datasets", "test_datasets"):
        for entry in cfg.get(key) or []:
            path = Path(entry["path"])
            if path.suffix in {".json", ".jsonl", ".csv", ".parquet"} and not path.is_file():
                raise RecipeLossError(f"{key}: {path} does not exist here: make it first")


def claim_run(cfg: Any) -> None:
    """Claim `output_dir` for exactly this config and data, or go on with its last checkpoint.

    A folder that is complete ends the command successfully; a checkpoint whose writing was
    interrupted is removed.

    Raises:
        RecipeLossError: if the folder holds another run.
    """
    folder = Path(cfg.output_dir)
    fingerprint = _fingerprint(cfg)
    path = folder / CLAIM
    if not path.is_file():
        if any(folder.glob("checkpoint-*")) or any(folder.glob("*.safetensors")):
            raise RecipeLossError(
                f"output_dir {folder} already holds a run that is not this plugin's: "
                "choose another folder, or delete this one"
            )
        if int(os.environ.get("LOCAL_RANK", "0")) == 0:
            _write(path, {"fingerprint": fingerprint, "complete": False})
        return
    held = json.loads(path.read_text())
    before = held["fingerprint"]
    if before != fingerprint:
        keys = {*before, *fingerprint}
        changed = sorted(k for k in keys if before.get(k) != fingerprint.get(k))
        raise RecipeLossError(
            f"output_dir {folder} already holds another run ({', '.join(changed)} differ): "
            "choose another folder, or delete this one"
        )
    if held["complete"]:
        print(f"{folder} is complete: nothing to train", flush=True)
        sys.exit(0)
    for checkpoint in folder.glob("checkpoint-*"):
        if not _is_whole(checkpoint):
            shutil.rmtree(checkpoint)


def complete_run(cfg: Any) -> None:
    """Mark `output_dir` as complete."""
    path = Path(cfg.output_dir) / CLAIM
    if path.is_file() and int(os.environ.get("LOCAL_RANK", "0")) == 0:
        _write(path, {**json.loads(path.read_text()), "complete": True})


def checked_datasets(cfg: Any, config: RecipeLossConfig) -> Any:
    """Load the datasets; prepared ones are looked up by the content of their files.

    Raises:
        RecipeLossError: for a span kind or a task that no training row has.
    """
    import torch
    from axolotl.common.datasets import load_datasets

    if not torch.cuda.is_available() and not torch.backends.mps.is_available():
        # Axolotl would map the model to a rank's GPU, also where there is none.
        cfg.device_map = {"": "cpu"}
    # What rows become depends on the files and on which tasks have mixes.
    sources = {"files": _data_hashes(cfg), "tasks": sorted(config.tasks)}
    content = hashlib.sha256(json.dumps(sources, sort_keys=True).encode()).hexdigest()
    cfg.dataset_prepared_path = str(
        Path(cfg.dataset_prepared_path or "last_run_prepared") / content[:16]
    )
    meta = load_datasets(cfg=cfg)
    _refuse_absent("span kind", config.kinds(), meta.train_dataset, "span_kind")
    _refuse_absent("task", set(config.tasks) - {"default"}, meta.train_dataset, "loss_task")
    return meta


def _refuse_absent(what: str, names: set[str], dataset: Any, column: str) -> None:
    import pyarrow.compute as pc

    if not names:
        return
    present: set[int] = set()
    if column in dataset.column_names:
        present = set(pc.unique(pc.list_flatten(dataset.data.column(column))).to_pylist())
    if absent := sorted(name for name in names if code(name) not in present):
        raise RecipeLossError(
            f"recipe_loss names the {what} {', '.join(absent)}, but no training row has it: "
            "correct the name, or give the dataset `type: recipe_losses.strategy` and such rows"
        )


def _fingerprint(cfg: Any) -> dict[str, Any]:
    """Return what makes a run this run: its settings one by one, its data and base by content."""
    settings = json.loads(json.dumps(cfg.to_dict(), default=str))
    base = Path(cfg.base_model)
    return {
        **{k: v for k, v in settings.items() if k not in VOLATILE and v is not None},
        "data": _data_hashes(cfg),
        "base_model_content": _hash(*base.glob("*.safetensors")) if base.is_dir() else None,
    }


def _data_hashes(cfg: Any) -> dict[str, str]:
    entries = [*(cfg.datasets or []), *(cfg.test_datasets or [])]
    files = sorted({e["path"] for e in entries if Path(e["path"]).is_file()})
    return {file: _hash(Path(file)) for file in files}


def _hash(*files: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(files):
        with file.open("rb") as f:
            while block := f.read(1 << 22):
                digest.update(block)
    return digest.hexdigest()


def _is_whole(checkpoint: Path) -> bool:
    # The trainer writes its state last.
    try:
        json.loads((checkpoint / "trainer_state.json").read_text())
    except (OSError, ValueError):
        return False
    return True


def _write(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".part")
    temporary.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n")
    os.replace(temporary, path)
