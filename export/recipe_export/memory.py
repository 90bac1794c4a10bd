"""How much memory this process holds, and held at most."""

from __future__ import annotations

import ctypes
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

LOOK_SECONDS = 0.002
LARGE_BYTES = 1 << 20
_MMAP_THRESHOLD = -3  # glibc's name for the setting

_PAGES = Path("/proc/self/statm")
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


def give_back() -> None:
    """Give what is free back to the system, and large blocks from now on as they are freed.

    glibc keeps what it has freed for the next request, and what lies between smaller blocks for
    good: layers that come and go one by one would in the end all be held. Elsewhere nothing is
    done.
    """
    if sys.platform != "linux":
        return
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt") and hasattr(library, "malloc_trim"):
        library.mallopt(_MMAP_THRESHOLD, LARGE_BYTES)
        library.malloc_trim(0)


@dataclass
class Growth:
    """What a block of code took."""

    bytes: int = 0  # held at most, beyond what was held before it
    seconds: float = 0.0


@contextmanager
def growing() -> Iterator[Growth]:
    """Measure how long the block runs and what it holds by itself; the result is there in the end.

    Pages of files that are mapped into memory do not count where the system tells them apart
    (Linux): it takes them back as soon as memory is short. A thread looks every `LOOK_SECONDS`.
    """
    found, ended = Growth(), Event()
    before, start = held_bytes(), time.monotonic()

    def look() -> None:
        while not ended.wait(LOOK_SECONDS):
            found.bytes = max(found.bytes, held_bytes() - before)

    watching = Thread(target=look, daemon=True)
    watching.start()
    try:
        yield found
    finally:
        ended.set()
        watching.join()
        found.seconds = round(time.monotonic() - start, 3)
        found.bytes = max(found.bytes, held_bytes() - before)


def held_bytes() -> int:
    """Return the memory that is this process's own; the peak where the system does not tell."""
    if not _PAGES.is_file():
        return peak_bytes()
    _, resident, of_files, *_ = map(int, _PAGES.read_text(encoding="ascii").split())
    return (resident - of_files) * resource.getpagesize()


def _status(key: str) -> int | None:
    """Read one size of Linux's account of this process, in bytes."""
    if not _STATUS.is_file():
        return None
    for line in _STATUS.read_text(encoding="ascii").splitlines():
        name, _, value = line.partition(":")
        if name == key:
            return int(value.split()[0]) * 1024
    return None


def costs(**parts: Growth) -> dict[str, dict[str, float]]:
    """Return what the manifest says of the parts of a stage.

    >>> costs(writing=Growth(1000, 0.5))
    {'peak_bytes': {'writing': 1000}, 'seconds': {'writing': 0.5}}
    """
    return {
        "peak_bytes": {name: part.bytes for name, part in parts.items()},
        "seconds": {name: part.seconds for name, part in parts.items()},
    }
