"""One rung of the ladder: a GGUF type, its size, speed, memory and distance from F16."""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.files import sha256
from recipe_base.runs import Run
from recipe_export import local
from recipe_export.converting.quantize import quantize, read_types
from recipe_export.ladder.speed import (
    GENERATED_TOKENS,
    PROMPT_TOKENS,
    ROUNDS,
    Speed,
    measure_speed,
)
from recipe_export.models.container import Container
from recipe_export.models.files import versions
from recipe_export.models.weights import Floats
from recipe_export.proofs.agreement import Agreement, agreement
from recipe_export.proofs.conversations import BUILT_IN, Probes
from recipe_export.proofs.reference import load_tokenizer, probe_ids

TOP = "F16"
POSITIONS = 2048
"""The most positions that are compared: logits of 150,000 words take 600 kB each."""


class Rung(NamedTuple):
    """One type of one model."""

    kind: str
    file: str
    sha256: str
    bytes: int
    bits_per_weight: float  # of the tensors, without the vocabulary
    tensor_types: dict[str, int]
    tensors_replaced: list[str]
    speed: Speed
    agreement: Agreement  # with F16
    probes: str

    @classmethod
    def from_dict(cls, facts: dict[str, Any]) -> Rung:
        """Read what `to_dict` wrote."""
        speed, close = Speed(**facts["speed"]), Agreement(**facts["agreement"])
        return cls(**{**facts, "speed": speed, "agreement": close})

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        speed, close = self.speed._asdict(), self.agreement._asdict()
        return {**self._asdict(), "speed": speed, "agreement": close}


def stage_of(kind: str) -> str:
    """Return the manifest's key of a rung."""
    return f"ladder {kind}"


def measure(run: Run, kind: str, probes: Probes = BUILT_IN) -> str:
    """Make a file where it is missing and measure it; return a line that says what was found.

    What was measured of the same files on the same rows is kept, timings included.
    """
    quantize(run, kind, probes)
    top, path = run.gguf(TOP), run.gguf(kind)
    threads = local.threads_for(top)
    content, top_content = sha256(path), sha256(top)
    inputs = {
        "gguf": content,
        "top": top_content,
        "probes": probes.content,
        "threads": threads,
        "tokens": [PROMPT_TOKENS, GENERATED_TOKENS, ROUNDS],
        "positions": POSITIONS,
        **versions("llama-cpp-python"),
    }
    if run.manifest.get(stage_of(kind), {}).get("inputs") == inputs:
        return "already measured"
    prompts = probe_ids(load_tokenizer(run.merged), probes, POSITIONS)
    speed = measure_speed(path, [token for prompt in prompts for token in prompt], threads)
    close = agreement(_logits(top, top_content, prompts), local.logits(path, prompts))
    types = read_types(path, kind)
    rung = Rung(
        kind=kind,
        file=str(path.relative_to(run.folder)),
        sha256=content,
        bytes=path.stat().st_size,
        bits_per_weight=_bits_per_weight(path),
        tensor_types=types.counts,
        tensors_replaced=list(types.replaced),
        speed=speed,
        agreement=close,
        probes=probes.source,
    )
    run.record(stage_of(kind), {"inputs": inputs, "rung": rung.to_dict()})
    return f"{speed.generated_per_second:.0f} tokens/s, KL {close.kl:.1e} against {TOP}"


def read_rung(run: Run, kind: str) -> Rung:
    """Return what `measure` recorded."""
    return Rung.from_dict(run.manifest[stage_of(kind)]["rung"])


@lru_cache(maxsize=1)
def _logits(path: Path, content: str, prompts: tuple[tuple[int, ...], ...]) -> tuple[Floats, ...]:
    """Return the logits of the F16 file; every rung is compared with the same ones."""
    return tuple(local.logits(path, prompts))


def _bits_per_weight(path: Path) -> float:
    tensors = Container.open(path).tensors.values()
    return 8 * sum(t.bytes for t in tensors) / sum(math.prod(t.shape) for t in tensors)
