"""Several processes train one run; one of them writes and speaks."""

from __future__ import annotations

import os


def is_first() -> bool:
    """Tell whether this process is the first of its machine: the one that writes and prints."""
    return int(os.environ.get("LOCAL_RANK", "0")) == 0
