"""How well the parsers read hand-labelled lines: the measurement behind `recipe-data gold`."""

from __future__ import annotations

import os
from pathlib import Path

GOLD_SETS = "TOPOCHEF_GOLD"
"""The environment variable that names the folder of the hand-labelled lines."""


def gold_sets() -> Path | None:
    """Return the folder that `GOLD_SETS` names; None where it is not set."""
    folder = os.environ.get(GOLD_SETS)
    return Path(folder) if folder else None
