"""Where the commands speak: results to stdout, progress to stderr."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from rich.console import Console
from rich.progress import track

T = TypeVar("T")

STDOUT = Console(highlight=False, soft_wrap=True)
STDERR = Console(stderr=True, highlight=False)


def progress(items: Iterable[T], label: str, total: int | None = None) -> Iterable[T]:
    """Show a bar while the items are worked through; nothing where nobody watches."""
    return track(
        items, label, total, console=STDERR, transient=True, disable=not STDERR.is_terminal
    )
