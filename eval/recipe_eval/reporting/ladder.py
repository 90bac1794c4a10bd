"""The quantization ladder of a run, as `recipe-export ladder` left it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.runs import Run


class Rung(NamedTuple):
    """One type of one model."""

    kind: str
    bytes: int
    bits_per_weight: float
    prompt_per_second: float
    generated_per_second: float
    peak_bytes: int
    kl: float
    """Mean divergence from F16 in nats a token."""
    top1: float
    """Share of tokens whose likeliest is F16's."""
    metrics: dict[str, dict[str, Any]]
    """Its recipes' metrics by name; empty where they were not scored."""


def read_ladder(run: Path) -> list[Rung]:
    """Return the types that were measured, in the order of the file; none if there is no ladder."""
    ladder = Run(run).ladder.read_if_there()
    if ladder is None:
        return []
    return [
        Rung(
            kind=one["kind"],
            bytes=one["bytes"],
            bits_per_weight=one["bits_per_weight"],
            **one["speed"],
            kl=one["agreement"]["kl"],
            top1=one["agreement"]["top1"],
            metrics=ladder["recipes"].get(one["kind"], {}).get("metrics", {}),
        )
        for one in ladder["rungs"]
    ]
