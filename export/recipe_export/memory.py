"""How much memory this process holds, and held at most."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_STATUS = Path("/proc/self/status")


def peak_bytes() -> int:
    """Return the most resident memory since the process began, or since `forget_peak`.

    Pages of files that are mapped into memory count as soon as they are touched; what the
    operating system caches of files that are read or written does not.
    """
    if (found := _status("VmHWM")) is not None:
        return found
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def resident_bytes() -> int:
    """Return the resident memory now; the peak where the system does not tell."""
    return _status("VmRSS") or peak_bytes()


def forget_peak() -> None:
    """Begin `peak_bytes` anew, where the system can (Linux)."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return


@dataclass
class Growth:
    """What a block of code held at most, beyond what was held before it."""

    bytes: int = 0


@contextmanager
def growing() -> Iterator[Growth]:
    """Measure the block; the result is there when it ends."""
    forget_peak()
    before, found = resident_bytes(), Growth()
    try:
        yield found
    finally:
        found.bytes = max(0, peak_bytes() - before)


def _status(key: str) -> int | None:
    """Read one size of Linux's account of this process, in bytes."""
    if not _STATUS.is_file():
        return None
    for line in _STATUS.read_text(encoding="ascii").splitlines():
        name, _, value = line.partition(":")
        if name == key:
            return int(value.split()[0]) * 1024
    return None
