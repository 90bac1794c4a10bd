"""As many threads as this process has cores, also under launchers that ask for one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import psutil
import torch

THREADS = "OMP_NUM_THREADS"
MARKS = ("ACCELERATE_DYNAMO_MODE", "TORCHELASTIC_RUN_ID")
"""What `accelerate launch` and `torchrun` leave in the environment of what they start."""
LAUNCHER_OPTION = "num_cpu_threads_per_process"


class Launcher(NamedTuple):
    """The process that started this one."""

    environment: Mapping[str, str]
    """With which it was started itself."""
    command: tuple[str, ...]


def use_all_cores() -> str | None:
    """Give this process its share of the machine's cores, unless somebody asked for a number.

    Both launchers set `OMP_NUM_THREADS=1` where it is not set.

    Returns:
        What was done, in words; None where nothing was.
    """
    if THREADS not in os.environ or asked_by_user(os.environ, parent()):
        return None
    processes = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    threads = max(1, cores() // processes)
    if threads == torch.get_num_threads():
        return None
    torch.set_num_threads(threads)
    return f"{threads} threads a process (the launcher asked for 1; set {THREADS} for another)"


def asked_by_user(environment: Mapping[str, str], launcher: Launcher | None) -> bool:
    """Tell whether `OMP_NUM_THREADS` of a process is its user's, not just its launcher's.

    Args:
        environment: Of the process; has the variable.
        launcher: What started it; None if that cannot be read, then the variable counts.
    """
    launched = launcher and any(
        mark in environment and mark not in launcher.environment for mark in MARKS
    )
    if not launcher or not launched or environment[THREADS] != "1":
        return True
    return THREADS in launcher.environment or any(LAUNCHER_OPTION in x for x in launcher.command)


def parent() -> Launcher | None:
    """Read the environment and the command of the process that started this one."""
    try:
        process = psutil.Process().parent()
        return process and Launcher(process.environ(), tuple(process.cmdline()))
    except psutil.Error:
        return None


def cores() -> int:
    """Count the physical cores that this process may use: its affinity, its container's quota."""
    counts = [psutil.cpu_count(logical=False), os.cpu_count(), quota(Path("/sys/fs/cgroup"))]
    if hasattr(os, "sched_getaffinity"):
        counts.append(len(os.sched_getaffinity(0)))
    found: int = min(count for count in counts if count)
    return found


def quota(cgroup: Path) -> int | None:
    """Return the whole CPUs of a control group's quota, at least one; None where it has none."""
    try:
        allowed, period = (cgroup / "cpu.max").read_text().split()
        return None if allowed == "max" else max(1, int(allowed) // int(period))
    except (OSError, ValueError):
        return None
