"""How the next token is chosen: one record, used and written down wherever a text is drawn."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import Any, NamedTuple

from recipe_base.errors import TopochefError

WINDOW_TOKENS = 64
"""What a repeat penalty looks back on: the last tokens of the answer, the prompt left out.

llama.cpp's own window is as long. The words of the title stand in the prompt, and belong into the
recipe: they are not penalised.
"""


class Range(NamedTuple):
    """What a setting may be, and in words."""

    holds: Callable[[float], bool]
    words: str


def option(name: str) -> str:
    """Return how the command line calls a setting.

    >>> option("top_p")
    '--top-p'
    """
    return f"--{name.replace('_', '-')}"


RANGES = {
    "temperature": Range(lambda value: 0 <= value < math.inf, "0 or a number above"),
    "top_p": Range(lambda value: 0 < value <= 1, "a number above 0, at most 1"),
    "min_p": Range(lambda value: 0 <= value < 1, "0 or a number below 1"),
    "repeat_penalty": Range(lambda value: 1 <= value <= 2, "a number from 1 to 2"),
    "top_k": Range(lambda value: 0 <= value < math.inf and value == int(value), "a whole number"),
}


@dataclass(frozen=True)
class Sampler:
    """What is done to the logits, in this order, before a token is drawn of those allowed.

    1. The logit of every token among the last `WINDOW_TOKENS` of the answer is divided by
       `repeat_penalty` where it is positive, else multiplied by it.
    2. p = softmax(logits / temperature); at temperature 0 the likeliest token is taken.
    3. The `top_k` likeliest are kept, of them the fewest likeliest whose p sum up to `top_p` or
       more, of them those with p ≥ `min_p` · max p.

    vLLM, transformers and Ollama's own engine keep this order; llama.cpp divides by the
    temperature last. Raises `TopochefError` for a value that makes no sense.
    """

    temperature: float = 0.6
    """0 takes the likeliest token, 1 draws as the model was trained."""
    top_p: float = 0.95
    """1 keeps all."""
    min_p: float = 0.05
    """0 keeps all."""
    repeat_penalty: float = 1.0
    """1 is none. It falls upon the marks between strings as well as upon words."""
    top_k: int = 0
    """0 keeps all."""

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        for field in fields(self):
            value = getattr(self, field.name)
            if not RANGES[field.name].holds(value):
                raise TopochefError(
                    f"{option(field.name)} {value}: give {RANGES[field.name].words}"
                )
            # 1 and 1.0 are one sampler, and must be one in a manifest
            object.__setattr__(
                self, field.name, int(value) if field.name == "top_k" else float(value)
            )

    @property
    def greedy(self) -> bool:
        """Whether nothing is drawn: the same text comes whatever the seed."""
        return self.temperature == 0

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values, for manifests."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Sampler:
        """Rebuild from `to_dict`, or from a manifest that holds it; what is missing is off.

        >>> print(Sampler.from_dict({"temperature": 0.7, "seed": 3}))
        T0.7
        """
        return cls(**{f.name: values.get(f.name, getattr(GREEDY, f.name)) for f in fields(cls)})

    def __str__(self) -> str:
        """Say it in a word: part of a signature, without blanks.

        >>> print(Sampler(0.6, 0.95, 0.05), GREEDY)
        T0.6-p0.95-m0.05 greedy
        """
        parts = ["greedy"] if self.greedy else [f"T{self.temperature:g}"]
        if not self.greedy:
            shown = (("p", self.top_p, 1), ("m", self.min_p, 0), ("k", self.top_k, 0))
            parts += [f"{letter}{value:g}" for letter, value, off in shown if value != off]
        if self.repeat_penalty != 1:
            parts.append(f"r{self.repeat_penalty:g}")
        return "-".join(parts)


GREEDY = Sampler(temperature=0.0, top_p=1.0, min_p=0.0)
"""The likeliest token each time: for readers, judges, and where texts are held against others."""

DEFAULT = Sampler()
"""What every command draws recipes with, unless told otherwise: docs/smollm2.md has the search."""
