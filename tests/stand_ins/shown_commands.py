"""The commands that a page shows, and whether what they name exists."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from typing import NamedTuple

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
        _assert_flags(scripts[program].split(":")[0], rest)


def _assert_flags(module: str, rest: tuple[str, ...]) -> None:
    packages = ROOT.glob(f"*/{module.split('.')[0]}")
    folder = next(path for path in packages if path.parent.name != "tests")
    source = "".join(p.read_text() for p in folder.rglob("*.py"))
    for word in rest:
        if word.startswith("--"):
            assert f'"{word}"' in source, word
