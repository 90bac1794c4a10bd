"""The GPU benchmark runs to its end on a toy, and says what it lacks."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.heavy

SCRIPT = Path(__file__).parents[1] / "bench" / "gpu.py"
PLAIN = ["full-logit cross-entropy", "ours: cross-entropy"]
MIXED = ["ours: all four token terms", "ours: all four, top 256"]
LIGER = "Liger's fused linear CE"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    plain = {"CUDA_VISIBLE_DEVICES": "", "COLUMNS": "160", "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, str(SCRIPT), *arguments],
        env={**os.environ, **plain},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.slow
def test_every_variant_has_a_row_of_numbers_and_plain_ones_agree() -> None:
    done = run("--tiny", "--rounds", "1")
    assert done.returncode == 0, done.stderr
    assert not re.search(r"\bnan\b", done.stdout)
    lines = [[cell.strip() for cell in line.split("│")[1:-1]] for line in done.stdout.splitlines()]
    rows = {line[0]: line[1:] for line in lines if line}
    plain = PLAIN if "without Liger" in done.stdout else [*PLAIN, LIGER]
    for variant in (*plain, *MIXED):
        assert all(float(cell) > 0 for cell in rows[variant] if cell != "–")
    losses = [float(rows[variant][0]) for variant in plain]
    assert losses == pytest.approx([losses[0]] * len(losses), rel=1e-3)
    limits = ["step ≤ 1.03 × full-logit", "step ≤ 1.05 × Liger", "loss ≤ 1.0 GB"]
    assert all(re.search("met|missed|not measured", rows[limit][0]) for limit in limits)


def test_without_a_gpu_it_says_so() -> None:
    done = run()
    assert done.returncode == 2
    assert done.stderr == "bench-gpu needs a CUDA device; none found\n"
