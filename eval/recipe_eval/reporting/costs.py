"""What the trainer recorded of a run: steps, tokens, time and memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_RECORDS = ("adapter/cost.json", "merged/cost.json")
"""Where a tuned run has it, and one whose whole model was trained."""


def read_cost(run: Path) -> dict[str, Any] | None:
    """Return what the training of a run took; None where it was not recorded."""
    record = next((run / name for name in _RECORDS if (run / name).is_file()), None)
    if record is None:
        return None
    cost: dict[str, Any] = json.loads(record.read_text(encoding="utf-8"))
    return cost
