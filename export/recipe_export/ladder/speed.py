"""How fast a GGUF file is and how much memory it takes, in a process of its own."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from recipe_base.errors import TopochefError
from recipe_export import local
from recipe_export.memory import forget_peak, peak_bytes, resident_bytes

PROMPT_TOKENS = 256
GENERATED_TOKENS = 64
ROUNDS = 3
SECONDS = 3.0


class Speed(NamedTuple):
    """Medians of at least `ROUNDS` rounds in `SECONDS` or more, after one that only warms up."""

    prompt_per_second: float  # tokens, all at once
    generated_per_second: float  # tokens, one after the other, nothing sampled
    peak_bytes: int  # what loading and running added, mapped pages of the file included


def measure_speed(path: Path, tokens: Sequence[int], threads: int) -> Speed:
    """Measure a file with a prompt of `PROMPT_TOKENS` tokens, repeated from those given."""
    prompt = [tokens[i % len(tokens)] for i in range(PROMPT_TOKENS)]
    ended = subprocess.run(
        [sys.executable, "-m", __name__, str(path), str(threads), str(SECONDS)],
        input=json.dumps(prompt),
        capture_output=True,
        text=True,
    )
    if ended.returncode != 0:
        words = ended.stderr.strip().splitlines()
        raise TopochefError(
            f"{path} could not be run (status {ended.returncode}): "
            f"{words[-1] if words else 'free some memory'}"
        )
    return Speed(**json.loads(ended.stdout))


def _run(path: Path, prompt: list[int], threads: int, seconds: float) -> Speed:
    local.native()
    forget_peak()
    before = resident_bytes()
    reading: list[float] = []
    writing: list[float] = []
    length = len(prompt) + GENERATED_TOKENS
    with local.opened(path, threads, n_ctx=length, n_batch=len(prompt)) as model:
        began = time.perf_counter()
        while len(reading) <= ROUNDS or time.perf_counter() - began < seconds:
            model.reset()
            start = time.perf_counter()
            model.eval(prompt)
            middle = time.perf_counter()
            for token in prompt[:GENERATED_TOKENS]:
                model.eval([token])
            reading.append(len(prompt) / (middle - start))
            writing.append(GENERATED_TOKENS / (time.perf_counter() - middle))
        peak = peak_bytes() - before
    return Speed(statistics.median(reading[1:]), statistics.median(writing[1:]), peak)


if __name__ == "__main__":
    _, file, threads, seconds = sys.argv
    found = _run(Path(file), json.load(sys.stdin), int(threads), float(seconds))
    print(json.dumps(found._asdict()))
