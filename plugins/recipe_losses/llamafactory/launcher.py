"""`topochef-llamafactory train CONFIG.yaml`: LLaMA-Factory's training with the composite loss."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from recipe_losses.args import RecipeLossConfig
from recipe_losses.data import content_hash, refuse_what_no_row_has
from recipe_losses.errors import RecipeLossError
from recipe_losses.hf import attach
from recipe_losses.hosts.llamafactory import Hooks, config_of, files_of, train
from recipe_losses.hosts.versions import UNDER_LLAMAFACTORY, installed, refuse_other_versions
from recipe_losses.llamafactory.refusals import (
    dataset_names,
    refuse_conflicts,
    refuse_several_devices,
)
from recipe_losses.llamafactory.rows import SpanProcessor
from recipe_losses.processes import is_first
from recipe_losses.run import CLAIM, claim_folder, complete_folder, weights_hash

PROGRAM = "topochef-llamafactory"
HOST = "llamafactory"
SAME_RUN = ("overwrite_output_dir", "resume_from_checkpoint")
"""Settings that make no other run."""


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; say in a line what cannot be done, and why."""
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="LLaMA-Factory's training with the block `recipe_loss`; everything else is "
        "done by llamafactory-cli.",
    )
    parser.add_argument("command", choices=["train"])
    parser.add_argument("config", type=Path, help="a YAML file of LLaMA-Factory, with the block")
    parser.add_argument("settings", nargs="*", metavar="KEY=VALUE", help="in place of the file's")
    arguments = parser.parse_args(words)
    try:
        run(arguments.config, arguments.settings)
    except RecipeLossError as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return 1
    return 0


def run(path: Path, settings: Sequence[str] = ()) -> None:
    """Train what a config of LLaMA-Factory with a block `recipe_loss` says.

    Args:
        path: The config.
        settings: KEY=VALUE each, in place of the file's.

    Raises:
        RecipeLossError: before anything is loaded, for a version or a setting under which the run
            would not be what the config says; before the model is, for rows.
    """
    if path.suffix not in (".yaml", ".yml") or not path.is_file():
        raise RecipeLossError(f"{path} is no YAML file: name LLaMA-Factory's config")
    if not installed(HOST):
        raise RecipeLossError(
            f"LLaMA-Factory is not installed here: pip install '{HOST}{UNDER_LLAMAFACTORY[HOST]}'"
        )
    refuse_other_versions(*UNDER_LLAMAFACTORY, table=UNDER_LLAMAFACTORY)
    config = config_of(path, settings)
    block = checked_block(config)
    refuse_conflicts(config)
    refuse_several_devices()
    theirs = {key: value for key, value in config.items() if key != "recipe_loss"}

    def check(before: int, rows: Any, is_eval: bool) -> None:
        _check_rows(block, config, before, rows, is_eval)

    def dress(trainer: Any) -> Any:
        return attach(trainer, config["recipe_loss"])

    def process(theirs: Any) -> Any:
        return SpanProcessor(theirs, frozenset(block.tasks))

    folder = Path(config["output_dir"])
    begins = claim_folder(folder, _fingerprint(config))
    try:
        train(theirs, Hooks(process, check, dress))
    except BaseException:
        # Nothing is kept of it: a mended config may have the folder.
        if begins and not any(folder.glob("checkpoint-*")):
            (folder / CLAIM).unlink(missing_ok=True)
        raise
    complete_folder(folder)


def checked_block(config: Mapping[str, Any]) -> RecipeLossConfig:
    """Return the block of a config.

    Raises:
        RecipeLossError: names the keys that are wrong.
    """
    if not config.get("recipe_loss"):
        raise RecipeLossError(
            "the config has no block `recipe_loss` (misspelt?): add it, or train with "
            "llamafactory-cli"
        )
    try:
        return RecipeLossConfig.model_validate(config["recipe_loss"])
    except ValidationError as error:
        raise RecipeLossError("; ".join(_said(one) for one in error.errors())) from error


def _said(error: Any) -> str:
    """Say one thing that is wrong with a block, with its key."""
    key = ".".join(["recipe_loss", *map(str, error["loc"])])
    said = str(error["msg"]).removeprefix("Value error, ")
    return said if said.startswith("recipe_loss") else f"{key}: {said}"


def _check_rows(
    block: RecipeLossConfig, config: Mapping[str, Any], before: int, rows: Any, is_eval: bool
) -> None:
    what = "evaluation" if is_eval else "training"
    cutoff = config.get("cutoff_len", "its default")
    if not len(rows):
        raise RecipeLossError(
            f"no {what} row is left to work with: all {before:,} are longer than `cutoff_len` "
            f"({cutoff}): raise it, or shorten the rows"
        )
    if len(rows) < before and is_first():
        left_out = f"left out: {before - len(rows):,} of {before:,} {what} rows"
        print(f"{left_out}: longer than cutoff_len ({cutoff})", flush=True)
    if not is_eval:
        refuse_what_no_row_has(block, rows)


def _fingerprint(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what makes a run this run: its settings one by one, its data and base by content."""
    settings = json.loads(json.dumps(config, default=str))
    return {
        **{k: v for k, v in settings.items() if k not in SAME_RUN and v is not None},
        "data": _data_hashes(config),
        "base_model_content": weights_hash(Path(str(config.get("model_name_or_path")))),
    }


def _data_hashes(config: Mapping[str, Any]) -> dict[str, str]:
    folder = str(config.get("dataset_dir", "data"))
    paths = [Path(folder) / name for name in files_of(dataset_names(config), folder)]
    files = [file for path in paths for file in (path.iterdir() if path.is_dir() else [path])]
    return {str(file): content_hash(file) for file in sorted(files) if file.is_file()}
