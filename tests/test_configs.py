"""Configs say what they are, and those that are compared differ in the loss alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from recipe_losses.args import RecipeLossConfig

FILES = sorted((Path(__file__).resolve().parents[1] / "axolotl_configs").glob("*.yaml"))


def config(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = next(
        yaml.safe_load(f.read_text(encoding="utf-8")) for f in FILES if f.stem == name
    )
    return loaded


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_a_config_opens_with_purpose_needs_and_command(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# ")
    assert lines[1].startswith("# Needs:")
    assert lines[2] == f"# Command: axolotl train axolotl_configs/{file.name}"


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_a_config_names_plugin_trainer_and_a_valid_block(file: Path) -> None:
    loaded = config(file.stem)
    assert loaded["plugins"] == ["recipe_losses.plugin.RecipeLossPlugin"]
    assert loaded["trainer_cls"] == "recipe_losses.trainer.RecipeLossTrainer"
    assert RecipeLossConfig.model_validate(loaded["recipe_loss"]).objective().mixes
    assert loaded["output_dir"].split("/")[1] == file.stem


def test_compared_runs_differ_in_the_loss_and_the_folder_alone() -> None:
    ce, topo = config("tiny-ce"), config("tiny-topo")
    assert {k for k in {*ce, *topo} if ce.get(k) != topo.get(k)} == {"recipe_loss", "output_dir"}
