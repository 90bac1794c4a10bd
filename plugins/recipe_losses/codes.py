"""Names as integers, so that span kinds and tasks travel as tensor columns."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from zlib import crc32

NONE = 0
"""The code of a token outside every span, and of a row without a task."""
NUMBER = "number"
"""The kind of a span that is an answer's number."""


def code(name: str) -> int:
    """Return the code of a kind's or task's name: positive, the same in every process and run.

    Prepared datasets hold codes, so they serve every config: nothing of the config is in them.

    >>> code("ingredient")
    1806661744
    >>> code("ingredient") == code("quantity")
    False
    """
    return (crc32(name.encode()) & 0x7FFFFFFF) or 1


def task_code(row: Mapping[str, Any], mixed_tasks: Collection[str]) -> int:
    """Return the code of a row's task; `numeric` for rows with numbers and no mix of their own.

    >>> spans = [{"kind": "number"}]
    >>> task_code({"task": "scaling", "spans": spans}, {"default", "numeric"}) == code("numeric")
    True
    """
    task = row.get("task")
    numbers = any(span["kind"] == NUMBER for span in row["spans"])
    if numbers and "numeric" in mixed_tasks and task not in mixed_tasks:
        return code("numeric")
    return code(task) if task else NONE
