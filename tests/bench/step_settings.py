"""How long a training step takes alone, and beside one busy program, by how threads wait.

    python tests/bench/step_settings.py --model runs/smollm2-135m --data data/train.jsonl

Two threads that compute one product wait for each other at its end. GNU's OpenMP, which torch of
the package index brings, lets them spin: fast alone, but a thread that spins keeps the core that
the other needs as soon as a third program runs. Each setting is an environment of a process of its
own, which takes as many steps alone as fit into some seconds, and as many beside a loop that does
nothing. Medians.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch
from machine import described, peak
from rich.console import Console
from rich.table import Table
from training_step import F32, Problem, Variant, prepared, step

from recipe_losses.cpu.threads import cores

WAITING = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME", "OMP_NUM_THREADS")
"""What is taken out of the environment before a setting is put into it."""
SETTINGS: tuple[dict[str, str], ...] = (
    {},
    {"OMP_WAIT_POLICY": "passive"},
    {"GOMP_SPINCOUNT": "1000"},
    {"GOMP_SPINCOUNT": "10000"},
    {"GOMP_SPINCOUNT": "100000"},
    {"KMP_BLOCKTIME": "0"},
    {"OMP_NUM_THREADS": str(max(1, cores() - 1))},
)
BUSY = "while True: pass"
LEAST = 3
"""Steps of a median."""


def runtimes() -> str:
    """Name the OpenMP libraries that this process has loaded."""
    file = Path("/proc/self/maps")
    lines = file.read_text().splitlines() if file.is_file() else []
    names = {Path(line.split()[-1]).name for line in lines if ".so" in line}
    return ", ".join(sorted(n for n in names if "gomp" in n or "omp5" in n)) or "unknown"


def timed(problem: Problem, seconds: float) -> dict[str, float]:
    """Return the median seconds of a step alone and beside a busy program."""
    variant = Variant(F32, fitted=True)
    model = prepared(problem.model, variant)
    (batch,) = problem.batches
    for _ in range(2):
        step(model, batch, variant)

    def median() -> float:
        taken: list[float] = []
        end = time.perf_counter() + seconds
        while len(taken) < LEAST or time.perf_counter() < end:
            taken.append(step(model, batch, variant).seconds)
        return statistics.median(taken)

    alone = median()
    busy = subprocess.Popen([sys.executable, "-c", BUSY])
    try:
        time.sleep(0.5)
        return {"alone": alone, "beside": median()}
    finally:
        busy.kill()
        busy.wait()


def main() -> int:
    """Print a row for every setting, or measure one."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", type=Path, default=Path("runs/smollm2-135m"))
    parser.add_argument("--data", type=Path, default=Path("data/train.jsonl"))
    parser.add_argument("--batch", type=int, default=2, help="rows of the batch")
    parser.add_argument("--seconds", type=float, default=8, help="for each of the two medians")
    parser.add_argument("--one", action="store_true", help="measure the environment as it is")
    given = parser.parse_args()
    if given.one:
        problem = Problem.of(given.model, given.data, 1, given.batch)
        print(json.dumps(timed(problem, given.seconds)))
        return 0
    print(f"{described()}; {peak(torch.float32):.0f} GFLOP/s in float32; {runtimes()}")
    table = Table(title=f"seconds of a step of {given.batch} rows")
    for heading in ("setting", "alone", "beside a busy program", "times"):
        table.add_column(heading, justify="left" if heading == "setting" else "right")
    for setting in SETTINGS:
        kept = {k: v for k, v in os.environ.items() if k not in WAITING}
        done = subprocess.run(
            [sys.executable, __file__, *sys.argv[1:], "--one"],
            env={**kept, **setting},
            stdout=subprocess.PIPE,
            check=True,
        )
        found = json.loads(done.stdout.splitlines()[-1])
        name = ", ".join(f"{k}={v}" for k, v in setting.items()) or "nothing set"
        numbers = [found["alone"], found["beside"], found["beside"] / found["alone"]]
        table.add_row(name, *(f"{x:.2f}" for x in numbers))
        print(name, *(f"{x:.2f}" for x in numbers), flush=True)
    Console(width=100).print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
