"""A run is what its config says: one folder for one config and its data."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from recipe_losses.data import content_hash, data_hashes
from recipe_losses.errors import RecipeLossError
from recipe_losses.processes import is_first

CLAIM = "recipe_loss.json"
VOLATILE = (
    "axolotl_config_path",
    "capabilities",
    "dataset_prepared_path",
    "device",
    "device_map",
    "env_capabilities",
    "local_rank",
    "resume_from_checkpoint",
    "world_size",
)
PRECISION = ("bf16", "fp16", "torch_dtype")
"""Settings that `bf16: auto` decides, machine by machine."""


def claim_run(cfg: Any) -> None:
    """Claim `output_dir` for exactly this config and data: see `claim_folder`."""
    claim_folder(Path(cfg.output_dir), _fingerprint(cfg))


def claim_folder(folder: Path, fingerprint: dict[str, Any]) -> bool:
    """Claim a folder for the run that a fingerprint tells, or go on with its last checkpoint.

    A folder that is complete ends the command successfully; a checkpoint whose writing was
    interrupted is removed.

    Returns:
        Whether the run begins here.

    Raises:
        RecipeLossError: if the folder holds another run.
    """
    path = folder / CLAIM
    if not path.is_file():
        if any(folder.glob("checkpoint-*")) or any(folder.glob("*.safetensors")):
            raise RecipeLossError(
                f"output_dir {folder} already holds a run that is not this plugin's: "
                "choose another folder, or delete this one"
            )
        if is_first():
            _write(path, {"fingerprint": fingerprint, "complete": False})
        return True
    held = json.loads(path.read_text())
    before = held["fingerprint"]
    if before != fingerprint:
        keys = {*before, *fingerprint}
        changed = sorted(k for k in keys if before.get(k) != fingerprint.get(k))
        if set(changed) <= set(PRECISION):
            raise RecipeLossError(_other_precision(folder, before, fingerprint))
        raise RecipeLossError(
            f"output_dir {folder} already holds another run ({', '.join(changed)} differ): "
            "choose another folder, or delete this one"
        )
    if held["complete"]:
        print(f"{folder} is complete: nothing to train", flush=True)
        sys.exit(0)
    for checkpoint in folder.glob("checkpoint-*") if is_first() else ():
        if not _is_whole(checkpoint):
            shutil.rmtree(checkpoint)
    return False


def complete_run(cfg: Any) -> None:
    """Mark `output_dir` as complete."""
    complete_folder(Path(cfg.output_dir))


def complete_folder(folder: Path) -> None:
    """Mark a folder as complete, where a run has claimed it."""
    path = folder / CLAIM
    if path.is_file() and is_first():
        _write(path, {**json.loads(path.read_text()), "complete": True})


def _other_precision(folder: Path, before: dict[str, Any], now: dict[str, Any]) -> str:
    """Say how to go on with a run where `bf16: auto` means another type than where it began."""
    began, here = (str(x.get("torch_dtype")).removeprefix("torch.") for x in (before, now))
    pinned = str(bool(before.get("bf16"))).lower()
    return (
        f"output_dir {folder} holds a run that was begun in {began}; this machine would go on in "
        f"{here}, which is another run: write `bf16: {pinned}` in place of what the config says, "
        "or choose another folder"
    )


def _fingerprint(cfg: Any) -> dict[str, Any]:
    """Return what makes a run this run: its settings one by one, its data and base by content."""
    settings = json.loads(json.dumps(cfg.to_dict(), default=str))
    return {
        **{k: v for k, v in settings.items() if k not in VOLATILE and v is not None},
        "data": data_hashes(cfg),
        "base_model_content": weights_hash(Path(cfg.base_model)),
    }


def weights_hash(base: Path) -> str | None:
    """Return what tells a model's weights; None where it is no folder here."""
    return content_hash(*base.glob("*.safetensors")) if base.is_dir() else None


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
