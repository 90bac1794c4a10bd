"""The benchmark of decoding runs to its end on a toy, and says whether its limit is met."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.heavy

SCRIPT = Path(__file__).parents[1] / "bench" / "decoding.py"


@pytest.mark.slow
def test_every_loop_and_every_batch_has_a_row_of_numbers() -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--vocabulary", "600", "--rounds", "1"],
        env={**os.environ, "COLUMNS": "120", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = [[cell.strip() for cell in line.split("│")[1:-1]] for line in done.stdout.splitlines()]
    rows = {line[0]: line[1:] for line in lines if line}
    loops = ["greedy, free", "greedy, schema", "drawn, free", "drawn, schema"]
    batches = ("1", "4", "8", "16", "1 at once", "16 at once")
    for name in (*loops, "greedy, free, by llama-cpp-python", *batches):
        assert all(float(cell) > 0 for cell in rows[name])
    assert rows["schema ≤ 1.15 × free"][1] in ("met", "missed")
