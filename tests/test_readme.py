"""What the README shows is true of the code."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from pathlib import Path

import pytest
import yaml

from recipe_losses.args import RecipeLossArgs
from recipe_losses.spans import align

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    fences = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.S | re.M)
    return [body for name, body in fences if name == language]


def test_the_loss_block_is_valid_and_has_five_lines() -> None:
    (block,) = blocks("yaml")
    assert len(block.strip().splitlines()) == 5
    config = yaml.safe_load(block)
    assert RecipeLossArgs.model_validate(config).recipe_loss.kinds() == {"ingredient"}


def test_the_example_row_marks_what_it_says() -> None:
    (block,) = blocks("json")
    row = json.loads(block)
    (span,) = row["spans"]
    assert row["messages"][-1]["content"][span["start"] : span["end"]] == "rice"
    assert align(row["spans"], 0, [0, 3, 5], [3, 5, 10], "200 g rice").span_group == [-1, -1, 0]


PLUGIN = (ROOT / "plugins" / "recipe_losses" / "README.md").read_text(encoding="utf-8")


def test_the_plugins_blocks_are_valid_and_name_every_setting() -> None:
    first, second = (
        yaml.safe_load(b) for b in re.findall(r"^```yaml\n(.*?)^```$", PLUGIN, re.S | re.M)
    )
    assert RecipeLossArgs.model_validate(first).recipe_loss.kinds() == {"ingredient"}
    config = RecipeLossArgs.model_validate(second).recipe_loss
    assert set(second["recipe_loss"]) == set(type(config).model_fields)
    for name in second["recipe_loss"]:
        settings = getattr(config, name)
        if hasattr(settings, "model_fields_set"):
            missing = set(type(settings).model_fields) - settings.model_fields_set
            assert missing <= {"preset"}, name


def commands() -> list[list[str]]:
    lines = "\n".join(blocks("sh")).splitlines()
    return [words for line in lines if (words := shlex.split(line, comments=True))]


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_every_command_names_what_exists(command: list[str]) -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    program, rest = command[0], command[1:]
    if program == "make":
        assert re.search(rf"^{rest[0]}:", (ROOT / "Makefile").read_text(), re.M)
    elif program == "axolotl":
        assert (ROOT / rest[1]).is_file()
    else:
        module, _ = scripts[program].split(":")
        packages = ROOT.glob(f"*/{module.split('.')[0]}")
        folder = next(path for path in packages if path.parent.name != "tests")
        source = "".join(p.read_text() for p in folder.rglob("*.py"))
        for word in rest:
            if word.startswith("--"):
                assert f'"{word}"' in source, word


def test_every_folder_of_the_tree_exists() -> None:
    tree = next(block for block in blocks("") if "axolotl_configs/" in block)
    for line in tree.splitlines():
        if line and not line.startswith(" "):
            assert (ROOT / line.split()[0]).is_dir(), line
