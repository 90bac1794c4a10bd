"""Where a run's full model lies."""

from __future__ import annotations

from pathlib import Path


def full_model(run: Path) -> Path:
    """Return the folder of a run's whole model: `merged`, or the run itself where it is a model.

    The latter is a base model that was imported: it is evaluated like what is tuned from it.
    """
    return run if (run / "config.json").is_file() else run / "merged"
