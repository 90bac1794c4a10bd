"""What a run took: steps, tokens, time and memory, also over several sessions."""

from __future__ import annotations

import json
import os
import resource
import time
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import torch
from transformers import TrainerCallback

FILE = "cost.json"
"""In `output_dir` once the run is complete, and in every checkpoint."""


class Cost(NamedTuple):
    """What training took, from `from_step` on."""

    steps: int
    from_step: int
    """0, but for a run that goes on from a checkpoint which does not say what it took."""
    tokens: int
    """Of all rows and epochs, over all processes; padding does not count."""
    trained_tokens: int
    """Of these, the ones that carry a label."""
    seconds: float
    """From the first step to the last, evaluations and checkpoints included."""
    peak_bytes: int
    """Of this process: allocated on its GPU, or its largest resident size where there is none."""
    processes: int
    device: str
    held_bytes: int = 0
    """Held before the first step: the weights, and on a CPU Python with all that it imported."""


class CostCallback(TrainerCallback):  # type: ignore[misc]
    """Writes `FILE`; knows what the sessions before a checkpoint took."""

    def __init__(self, trainer: Any) -> None:
        """Follow the tokens that `trainer` counts."""
        self._trainer = trainer
        self._before = Cost(0, 0, 0, 0, 0.0, 0, 1, "")
        self._start = 0.0
        self._held_bytes = 0

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Start the clock, after what a checkpoint says was before."""
        self._start = time.monotonic()
        self._held_bytes = _held_bytes(torch.cuda.is_available())
        if state.global_step:
            path = _checkpoint(args, state) / FILE
            self._before = self._before._replace(from_step=state.global_step)
            if path.is_file():
                self._before = Cost(**json.loads(path.read_text()))

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Let the checkpoint say what it took to come here."""
        self._write(_checkpoint(args, state), state)

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Write what the run took."""
        self._write(Path(args.output_dir), state)

    def _write(self, folder: Path, state: Any) -> None:
        if not (state.is_world_process_zero and folder.is_dir()):
            return
        temporary = folder / f".{FILE}.part"
        temporary.write_text(json.dumps(self._cost(state)._asdict(), indent=2) + "\n")
        os.replace(temporary, folder / FILE)

    def _cost(self, state: Any) -> Cost:
        before = self._before
        tokens, trained = self._trainer.tokens_seen
        cuda = torch.cuda.is_available()
        return Cost(
            steps=state.global_step,
            from_step=before.from_step,
            tokens=before.tokens + tokens,
            trained_tokens=before.trained_tokens + trained,
            seconds=round(before.seconds + time.monotonic() - self._start, 1),
            peak_bytes=max(before.peak_bytes, _peak_bytes(cuda)),
            processes=self._trainer.accelerator.num_processes,
            device=torch.cuda.get_device_name() if cuda else "cpu",
            held_bytes=self._held_bytes,
        )


def _checkpoint(args: Any, state: Any) -> Path:
    return Path(args.output_dir) / f"checkpoint-{state.global_step}"


def _held_bytes(cuda: bool) -> int:
    return torch.cuda.memory_allocated() if cuda else int(psutil.Process().memory_info().rss)


def _peak_bytes(cuda: bool) -> int:
    if cuda:
        return int(torch.cuda.max_memory_allocated())
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
