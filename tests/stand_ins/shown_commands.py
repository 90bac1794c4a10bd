"""The commands that a page shows, and whether what they name exists."""

from __future__ import annotations

import argparse
import re
import shlex
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOREIGN = {
    "docker": ("compose",),
    "ollama": ("cp", "create", "push", "run", "show", "signin"),
    "pip": ("install",),
    "ray": ("start",),
}
"""Programs that are not ours, and what pages may have them do."""


class Shown(NamedTuple):
    """One line of a `sh` block."""

    words: tuple[str, ...]
    needs: str
    """What its comment `# needs …` says that a test has not; empty where there is none."""


def blocks(page: str, language: str) -> list[str]:
    """Return the fenced blocks of a language."""
    fences = re.findall(r"^```(\w*)\n(.*?)^```$", page, re.S | re.M)
    return [body for name, body in fences if name == language]


def shown_commands(page: str) -> list[Shown]:
    """Return the commands of all `sh` blocks, in order."""
    found = []
    for line in "\n".join(blocks(page, "sh")).splitlines():
        if words := shlex.split(line, comments=True):
            needs = re.search(r"#\s*needs (.+)", line)
            found.append(Shown(tuple(words), needs[1] if needs else ""))
    return found


def assert_names_what_exists(words: tuple[str, ...]) -> None:
    """Assert that a command's program, subcommand, flags and files of ours are there."""
    while "=" in words[0]:
        words = words[1:]
    program, rest = words[0], words[1:]
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    if program == "make":
        assert re.search(rf"^{rest[0]}:", (ROOT / "Makefile").read_text(), re.M)
        for word in rest[1:]:
            assert f"$({word.split('=')[0]})" in (ROOT / "Makefile").read_text(), word
    elif program == "axolotl":
        assert (ROOT / rest[1]).is_file()
    elif program in ("python", "pytest"):
        assert all((ROOT / word).is_file() for word in rest if word.endswith(".py"))
    elif program in FOREIGN:
        assert rest[0] in FOREIGN[program], rest[0]
    else:
        _assert_parses(scripts[program], rest)


def _assert_parses(entry: str, words: tuple[str, ...]) -> None:
    """Assert that a program of ours takes these words: its subcommand, flags and their values."""
    parse_args = argparse.ArgumentParser.parse_args

    def parse_only(parser: argparse.ArgumentParser, given: list[str] | None = None) -> None:
        parse_args(parser, given)
        sys.exit(0)

    module, _, function = entry.partition(":")
    main = getattr(import_module(module), function)
    patched = patch.object(argparse.ArgumentParser, "parse_args", parse_only)
    with patched, pytest.raises(SystemExit) as done:
        main(list(words))
    assert done.value.code == 0, words
