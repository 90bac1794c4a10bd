"""Loss curves of a run, from the trainer's own log."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

_PART = "recipe_loss/"


class Curve(NamedTuple):
    """One logged value over the steps of training."""

    name: str
    """`loss`, `eval_loss`, or the name of a part: `topological`."""
    steps: tuple[int, ...]
    values: tuple[float, ...]


def read_curves(run: Path) -> list[Curve]:
    """Return the loss, the evaluation loss and every `recipe_loss/…` of the latest checkpoint.

    Empty where the run was not trained here.
    """
    states = [
        json.loads(path.read_text(encoding="utf-8"))
        for pattern in ("*/trainer_state.json", "*/checkpoint-*/trainer_state.json")
        for path in sorted(run.glob(pattern))
    ]
    if not states:
        return []
    history = max(states, key=lambda state: int(state["global_step"]))["log_history"]
    keys = dict.fromkeys(key for entry in history for key in entry if _is_loss(key))
    curves = []
    for key in keys:
        points = [(entry["step"], entry[key]) for entry in history if key in entry]
        steps, values = zip(*points, strict=True)
        curves.append(Curve(key.removeprefix(_PART), steps, values))
    return curves


def _is_loss(key: str) -> bool:
    """Tell losses from speeds, shares and counts that are logged beside them."""
    return key in {"loss", "eval_loss"} or (key.startswith(_PART) and key.count("/") == 1)
