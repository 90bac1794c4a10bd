"""What the README shows is true of the code."""

from __future__ import annotations

import json
import tomllib
from itertools import takewhile
from pathlib import Path

import pytest
import yaml
from shown_commands import assert_names_what_exists, blocks, shown_commands

from recipe_losses.args import RecipeLossArgs
from recipe_losses.spans import align

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_loss_block_is_valid_and_has_five_lines() -> None:
    (block,) = blocks(README, "yaml")
    assert len(block.strip().splitlines()) == 5
    config = yaml.safe_load(block)
    assert RecipeLossArgs.model_validate(config).recipe_loss.kinds() == {"ingredient"}


def test_the_example_row_marks_what_it_says() -> None:
    (block,) = blocks(README, "json")
    row = json.loads(block)
    (span,) = row["spans"]
    assert row["messages"][-1]["content"][span["start"] : span["end"]] == "rice"
    columns = align(row["spans"], 0, [0, 3, 5], [3, 5, 10], "200 g rice")
    assert columns["span_group"] == [-1, -1, 0]


PLUGIN = (ROOT / "plugins" / "recipe_losses" / "README.md").read_text(encoding="utf-8")


def test_the_plugins_blocks_are_valid_and_name_every_setting() -> None:
    first, second = (yaml.safe_load(block) for block in blocks(PLUGIN, "yaml"))
    assert RecipeLossArgs.model_validate(first).recipe_loss.kinds() == {"ingredient"}
    config = RecipeLossArgs.model_validate(second).recipe_loss
    assert set(second["recipe_loss"]) == set(type(config).model_fields)
    for name in second["recipe_loss"]:
        settings = getattr(config, name)
        if hasattr(settings, "model_fields_set"):
            missing = set(type(settings).model_fields) - settings.model_fields_set
            assert missing <= {"preset"}, name


@pytest.mark.parametrize("command", [c.words for c in shown_commands(README)], ids=" ".join)
def test_every_command_names_what_exists(command: tuple[str, ...]) -> None:
    assert_names_what_exists(command)


def test_every_path_of_the_tree_exists() -> None:
    tree = next(block for block in blocks(README, "") if "axolotl_configs/" in block)
    folder, shown = ROOT, set[str]()
    for line in tree.splitlines():
        names = list(takewhile(lambda word: word.endswith(("/", ".py")), line.split()))
        assert names, line
        if not line.startswith(" "):
            (folder,) = (ROOT / name for name in names)
            shown.add(names.pop().rstrip("/"))
            assert folder.is_dir(), line
        assert [name for name in names if not (folder / name).exists()] == []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) <= shown
