"""Speed and memory of the losses, as ratios measured in one run: `make bench`.

Time is the median of interleaved runs, forward and backward to the hidden states; memory is the
peak of the process above its inputs. The yardstick is what Hugging Face models do: cross-entropy
over the logits of every position, in float32, by autograd. In bfloat16 hidden states and head are
of that type, and sums are in float32; that table is left out where the CPU would emulate it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from geomloss import SamplesLoss
from machine import machine
from rich.console import Console
from rich.progress import track
from rich.table import Table

from recipe_losses.cpu.precision import units_here
from recipe_losses.losses import (
    TERMS,
    Marks,
    Objective,
    TaskMix,
    Topological,
    composite_loss,
    embedding_scale,
    reference_loss,
    sinkhorn_divergence,
)

KIND = 1
TYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
PARTS = ("float32", "bfloat16", "sinkhorn", "growth")
BLUR = 0.05
TOP_K = 256
CE = (TaskMix(None, tuple(float(term == "cross_entropy") for term in TERMS)),)
FOUR_WEIGHTS = {"cross_entropy": 0.4, "focal": 0.2, "dice": 0.2, "topological": 0.2}
FOUR = (TaskMix(None, tuple(FOUR_WEIGHTS.get(term, 0.0) for term in TERMS)),)
SPANS = {"topological": (KIND,)}
TRANSPORT = (Topological(blur=BLUR),)
ALL = "ours: all four token terms"
OBJECTIVES = {
    "ours: cross-entropy": Objective(CE),
    ALL: Objective(FOUR, SPANS, TRANSPORT),
    f"ours: all four, top {TOP_K}": Objective(FOUR, SPANS, TRANSPORT, top_k=TOP_K),
}
YARDSTICK, NAIVE = "full-logit cross-entropy", "autograd and a geomloss loop"
VARIANTS = (YARDSTICK, *OBJECTIVES, NAIVE)


class Problem:
    """Two rows of text: 70 % of the tokens are trained on, 35 % are ingredients."""

    def __init__(
        self, vocabulary: int, dimension: int, tokens: int, dtype: str = "float32", rows: int = 2
    ) -> None:
        torch.manual_seed(0)
        self.hidden = torch.randn(rows, tokens, dimension).to(TYPES[dtype]).requires_grad_()
        self.head = torch.randn(vocabulary, dimension).div_(dimension**0.5).to(TYPES[dtype])
        self.labels = torch.randint(vocabulary, (rows, tokens))
        self.labels[:, : int(0.3 * tokens)] = -100
        kind = torch.zeros_like(self.labels)
        kind[:, int(0.65 * tokens) :] = KIND
        example = torch.arange(rows)[:, None].expand(rows, tokens)
        self.marks = Marks(kind, torch.zeros_like(kind), example)
        self.scale = embedding_scale(self.head)

    def run(self, variant: str) -> None:
        """Compute the loss of a variant and its gradient."""
        self.hidden.grad = None
        self._loss(variant).backward()

    def _loss(self, variant: str) -> torch.Tensor:
        shared: dict[str, Any] = {"marks": self.marks, "embedding": self.head}
        shared["scale"] = self.scale
        inputs = (self.hidden, self.head, self.labels)
        if variant == YARDSTICK:
            logits = F.linear(self.hidden, self.head).float()[:, :-1].flatten(0, 1)
            return F.cross_entropy(logits, self.labels[:, 1:].flatten())
        if variant == NAIVE:
            return reference_loss(*inputs, objective=OBJECTIVES[ALL], **shared)
        return composite_loss(*inputs, objective=OBJECTIVES[variant], **shared).loss


def seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def median_seconds(runs: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Run everything once to warm up, then in turn, and return the medians."""
    for run in runs.values():
        run()
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for _ in track(range(rounds), "measuring", console=Console(stderr=True), transient=True):
        for name, run in runs.items():
            taken[name].append(seconds(run))
    return {name: statistics.median(times) for name, times in taken.items()}


def peak_bytes(variant: str, sizes: tuple[int, int, int], dtype: str) -> int:
    """Measure one variant in a process of its own."""
    command = [sys.executable, __file__, "--peak", variant, *map(str, sizes), dtype]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(json.loads(done.stdout))


def own_peak(variant: str, sizes: tuple[int, int, int], dtype: str) -> int:
    """Return the peak of this process while it runs a variant, above its inputs (Linux)."""
    problem = Problem(*sizes, dtype)
    Problem(997, 16, 64, dtype).run(variant)  # libraries allocate on first use
    Path("/proc/self/clear_refs").write_text("5")
    before = _status("VmRSS")
    problem.run(variant)
    return _status("VmHWM") - before


def _status(field: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(field + ":"))


def headline(sizes: tuple[int, int, int], rounds: int, dtype: str) -> Table:
    problem = Problem(*sizes, dtype)
    runs = {v: lambda v=v: problem.run(v) for v in VARIANTS}
    times = median_seconds(runs, rounds)
    peaks = {v: peak_bytes(v, sizes, dtype) for v in VARIANTS}
    table = Table("variant", "seconds", "time ÷ HF", "peak MB", "memory ÷ HF")
    table.title = "V = {:,}, D = {:,}, B = 2 × {}, {}, medians of {}".format(*sizes, dtype, rounds)
    for v in VARIANTS:
        table.add_row(
            v,
            f"{times[v]:.2f}",
            f"{times[v] / times[YARDSTICK]:.2f}",
            f"{peaks[v] / 1e6:.0f}",
            f"{peaks[v] / peaks[YARDSTICK]:.3f}",
        )
    return table


def growth(rounds: int) -> Table:
    """Three points each: the cost of all four terms in tokens and in V."""
    table = Table("V", "tokens", "seconds", "µs ÷ (token · 1,000 V)")
    table.title = "All four token terms, D = 256"
    sizes = [(32_000, t) for t in (256, 512, 1024)] + [(v, 512) for v in (64_000, 128_000)]
    for vocabulary, tokens in sizes:
        problem = Problem(vocabulary, 256, tokens)
        runs = {"all": lambda p=problem: p.run(ALL)}
        taken = median_seconds(runs, rounds)["all"]
        unit = taken * 1e6 / (2 * tokens * vocabulary / 1000)
        table.add_row(f"{vocabulary:,}", f"2 × {tokens}", f"{taken:.2f}", f"{unit:.2f}")
    return table


def sinkhorn(rounds: int) -> Table:
    """One batched Sinkhorn against geomloss example by example."""
    torch.manual_seed(0)
    x, y = torch.randn(2, 8, 60, 2560)
    mask = torch.ones(8, 60, dtype=torch.bool)
    diameter, oracle = 150.0, SamplesLoss("sinkhorn", p=2, blur=1.0, diameter=150.0)

    def ours() -> None:
        points = x.clone().requires_grad_()
        sinkhorn_divergence(points, y, mask, blur=1.0, diameter=diameter).sum().backward()

    def loop() -> None:
        for b in range(8):
            points = x[b].clone().requires_grad_()
            oracle(points, y[b]).backward()

    times = median_seconds({"ours, batched": ours, "geomloss, one by one": loop}, 4 * rounds)
    table = Table("Sinkhorn", "milliseconds", "speed ÷ geomloss")
    table.title = "8 clouds of 60 points, D = 2,560, with gradient"
    for name, taken in times.items():
        table.add_row(name, f"{taken * 1e3:.1f}", f"{times['geomloss, one by one'] / taken:.1f}")
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--vocabulary", type=int, default=151_936)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, metavar="PART")
    parser.add_argument("--peak", nargs=5, metavar=("VARIANT", "V", "D", "T", "TYPE"))
    arguments = parser.parse_args()
    if arguments.peak:
        variant, *sizes, dtype = arguments.peak
        vocabulary, dimension, tokens = map(int, sizes)
        print(own_peak(variant, (vocabulary, dimension, tokens), dtype))
        return
    console, rounds = Console(), arguments.rounds
    for name, dtype in TYPES.items():
        if name not in arguments.only:
            continue
        if dtype is torch.bfloat16 and not units_here():
            console.print("bfloat16: not measured, for this CPU has no units for it")
            continue
        console.print(headline((arguments.vocabulary, 1024, 512), rounds, name))
        console.print(machine(dtype))
    for name, measured in (("sinkhorn", sinkhorn), ("growth", growth)):
        if name in arguments.only:
            console.print(measured(rounds))
            console.print(machine())


if __name__ == "__main__":
    main()
