"""What this machine can do, measured in the run of a bench: ratios of two machines need both."""

from __future__ import annotations

import os
import time
from pathlib import Path

import torch

from recipe_losses.cpu.precision import units_here

SIZE = {"cpu": 2048, "cuda": 8192}
"""Rows and columns of the product."""


def machine(
    dtype: torch.dtype = torch.float32,
    threads: int | None = None,
    device: torch.device | None = None,
) -> str:
    """Return the processor's name, what its products run on, and their peak in a type.

    Args:
        dtype: What is multiplied.
        threads: As many as the bench works with; None for torch's.
        device: None for the CPU.
    """
    flops = peak(dtype, threads, device)
    kind, what = str(dtype).removeprefix("torch."), f"{flops / 1e9:,.0f} GFLOP/s"
    if device is not None and device.type != "cpu":
        return f"{torch.cuda.get_device_name(device)}: {what} in {kind}"
    units = f"bfloat16 by {units_here()}" if units_here() else "no units for bfloat16"
    capability = torch.backends.cpu.get_cpu_capability()
    threads = threads or torch.get_num_threads()
    on = f"{threads} thread" + "s" * (threads > 1)
    return f"{processor()}, {capability}, {units}; {on}: {what} in {kind}"


def peak(
    dtype: torch.dtype, threads: int | None = None, device: torch.device | None = None
) -> float:
    """Return the operations a second of a large square product, the best of a second."""
    device = device or torch.device("cpu")
    size, before = SIZE[device.type], torch.get_num_threads()
    torch.set_num_threads(threads or before)
    a, b = (torch.randn(size, size, device=device).to(dtype) for _ in range(2))
    product, seconds = a @ b, []
    while sum(seconds) < 1:
        start = time.perf_counter()
        torch.mm(a, b, out=product)
        product[0, 0].item()  # waits for a GPU
        seconds.append(time.perf_counter() - start)
    torch.set_num_threads(before)
    return 2 * size**3 / min(seconds)


def processor() -> str:
    """Return the CPU's name, and how many cores this process may use."""
    file, name = Path("/proc/cpuinfo"), "unknown CPU"
    lines = file.read_text().splitlines() if file.is_file() else []
    for line in lines:
        if line.startswith(("model name", "CPU part")):
            name = line.partition(":")[2].strip()
            break
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{name}, {cores} cores"
