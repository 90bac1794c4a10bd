"""The real servers, where they are installed: `make vllm-check` and its like install them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.heavy

ROOT = Path(__file__).resolve().parents[2]
CHECK = ROOT / "tests" / "counterparts" / "check.py"
PLACES = {
    "vllm": ROOT / ".venvs" / "vllm",
    "llama-cpp-python": ROOT / ".venvs" / "llama-cpp-python",
    "ollama": ROOT / ".tools" / "ollama-0.17.4",
}
RUN = ROOT / "work" / "demo" / "runs" / "smollm2-135m-topo"


def check(engine: str, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, CHECK, engine, *more],
        env={**os.environ, "COLUMNS": "120"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize("engine", PLACES)
def test_a_real_server_does_what_stand_ins_do(engine: str) -> None:
    if not (PLACES[engine] / ".ready").is_file():
        pytest.skip(f"{engine} is not installed: `make {engine}-check`")
    if not (RUN / "gguf").is_dir():
        pytest.skip(f"no model in {RUN}: `make demo`")
    done = check(engine, "--run", str(RUN), "--titles", "8")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped" not in done.stdout


@pytest.mark.parametrize("engine", PLACES)
def test_without_a_model_it_is_skipped_with_a_reason(engine: str, tmp_path: Path) -> None:
    done = check(engine, "--run", str(tmp_path / "nowhere"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"skipped: {engine}: ")
    assert "holds no exported model" in " ".join(done.stdout.split())
