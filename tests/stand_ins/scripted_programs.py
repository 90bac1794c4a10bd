"""Programs of the names that studies call, which write in no time what the real ones would."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from gold_recipes import answer, recipe_row

from recipe_base.files import write_jsonl

NAMES = ("axolotl", "recipe-data", "recipe-export", "recipe-eval")
_BEGINNING = """import json, sys, time
from pathlib import Path
name, words = Path(sys.argv[0]).name, sys.argv[1:]
said = " ".join([name, *words])
with open("calls", "a") as calls:
    print(said, file=calls)
trouble = Path("trouble").read_text() if Path("trouble").exists() else None
if trouble and trouble in said:
    time.sleep(30 if Path("slow").exists() else 0)
    sys.exit("no such luck")
"""


def scripted_folder(folder: Path, patch: pytest.MonkeyPatch, code: str) -> Path:
    """Put programs that run `code` in front of the path; return a folder of data to work in.

    `code` has `name` and `words` of its command line. Every call is noted in the file `calls` of
    the working directory; the one that holds what a file `trouble` says fails, after 30 s where a
    file `slow` lies beside it.
    """
    programs = folder / "bin"
    programs.mkdir()
    for name in NAMES:
        program = programs / name
        program.write_text(f"#!{sys.executable} -IS\n{_BEGINNING}{code}")
        program.chmod(0o755)
    patch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    work = folder / "work"
    for file in ("train", "validation", "test"):
        row = recipe_row(file, f"{file} soup", answer(["1 g salt"], ["Boil."]))
        write_jsonl(work / "data" / f"{file}.jsonl", [row])
    return work


def calls(folder: Path) -> list[str]:
    """Return the command lines that were called, in order."""
    return (folder / "calls").read_text().splitlines()
