"""Names as integers, so that span kinds and tasks travel as tensor columns."""

from __future__ import annotations

from zlib import crc32

NONE = 0
"""The code of a token outside every span, and of a row without a task."""


def code(name: str) -> int:
    """Return the code of a kind's or task's name: positive, the same in every process and run.

    Prepared datasets hold codes, so they serve every config: nothing of the config is in them.

    >>> code("ingredient")
    1806661744
    >>> code("ingredient") == code("quantity")
    False
    """
    return (crc32(name.encode()) & 0x7FFFFFFF) or 1
