"""A build killed at any moment runs again to the same bytes."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from recipe_base.files import sha256
from recipe_data.cli import main

MOMENTS = 20
BUILD = (
    "import sys, recipe_data.building.build\n"
    "from recipe_data.cli import main\n"
    "print('ready', flush=True)\n"
    "sys.exit(main(sys.argv[1:]))"
)


def started(corpus: Path, output: Path) -> subprocess.Popen[bytes]:
    """Start `recipe-data build` in a process of its own, and return when it begins to build."""
    command = [sys.executable, "-c", BUILD, "build", str(corpus), "--output", str(output)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def contents(folder: Path) -> dict[str, str]:
    """Return the hash of every file, hidden ones too."""
    return {str(p.relative_to(folder)): sha256(p) for p in folder.rglob("*") if p.is_file()}


@pytest.mark.slow
def test_killed_at_twenty_moments(tmp_path: Path) -> None:
    assert main(["demo-corpus", "--rows", "200", "--output", str(tmp_path)]) == 0
    corpus, whole = tmp_path / "corpus.csv", tmp_path / "whole"
    with started(corpus, whole) as process:
        start = time.perf_counter()
        process.communicate()
        duration = time.perf_counter() - start
    expected = contents(whole)
    rng = random.Random(4)
    killed = 0
    for moment in range(MOMENTS):
        output = tmp_path / f"killed-{moment}"
        with started(corpus, output) as process:
            time.sleep(duration * (moment + rng.random()) / MOMENTS)
            process.kill()
        killed += process.returncode < 0
        assert main(["build", str(corpus), "--output", str(output)]) == 0
        assert contents(output) == expected, moment
    assert killed > MOMENTS // 4  # where other programs slowed the first, some end before
