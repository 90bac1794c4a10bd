"""What a benchmark ran on: the processor in words, and the products that it can do a second."""

from __future__ import annotations

import platform
import time
from pathlib import Path

import torch

from recipe_losses.cpu.threads import cores

FEATURES = ("avx2", "fma", "avx512f", "avx512_bf16", "amx_bf16", "asimd", "sve", "bf16")
"""What decides how fast products are, as `/proc/cpuinfo` names it."""
SIZE, SECONDS = 1536, 0.5


def peak(dtype: torch.dtype) -> float:
    """Return the GFLOP/s of a product of large square matrices: the best of half a second."""
    a, b = (torch.randn(SIZE, SIZE).to(dtype) for _ in range(2))
    torch.mm(a, b)
    best, end = float("inf"), time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        start = time.perf_counter()
        torch.mm(a, b)
        best = min(best, time.perf_counter() - start)
    return 2 * SIZE**3 / best / 1e9


def described() -> str:
    """Name the processor, its cores, the threads used, and its instructions for products."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text().splitlines() if file.is_file() else []
    found = {k.strip(): v for k, _, v in (line.partition(":") for line in lines)}
    name = found.get("model name", "").strip() or platform.processor() or platform.machine()
    flags = (found.get("flags") or found.get("Features") or "").split()
    known = " ".join(x for x in FEATURES if x in flags) or "no known instructions"
    return f"{name}, {cores()} cores, {torch.get_num_threads()} threads; {known}"
