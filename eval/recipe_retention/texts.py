"""Texts that both models read: how much more, or less, each surprises the tuned one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.datasets import DataFolder
from recipe_base.errors import TopochefError
from recipe_base.files import fingerprint
from recipe_eval.generating.requests import read_requests
from recipe_retention.perplexity import Surprise, total

_RESAMPLES = 10_000


class Texts(NamedTuple):
    """Texts of one kind, each read from its own beginning."""

    kind: str
    """`general` or `domain`."""
    source: str
    texts: tuple[str, ...]

    @property
    def inputs(self) -> dict[str, Any]:
        """What decides how surprised a model is beside the model."""
        return {"texts": fingerprint(self.texts)}


class Reading(NamedTuple):
    """Texts as two models read them."""

    kind: str
    source: str
    base: Surprise
    tuned: Surprise
    change: float
    """Tuned − base, in bits per byte; below 0 is less surprised."""
    low: float | None
    """Lower end of the 95 % interval over texts; None where there is one text."""
    high: float | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values, with perplexities and bits per byte."""
        sides = {
            name: {
                **side._asdict(),
                "perplexity": side.perplexity,
                "bits_per_byte": side.bits_per_byte,
            }
            for name, side in (("base", self.base), ("tuned", self.tuned))
        }
        return {**self._asdict(), **sides}


def texts_of(kind: str, file: Path) -> Texts:
    """Read a whole file as one text; raises `TopochefError` if it holds none."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TopochefError(
            f"--{kind} {file} is no UTF-8 text file ({error}): name another"
        ) from error
    if not text.strip():
        raise TopochefError(f"--{kind} {file} is empty: name a file with a few pages of text")
    return Texts(kind, str(file), (text,))


def answers_of(data: Path) -> Texts | None:
    """Return the gold answers of the test split as texts; None where there is no such file."""
    if not DataFolder(data).test.there():
        return None
    answers = tuple(request.gold for request in read_requests(data))
    return Texts("domain", f"answers of {DataFolder(data).test.path}", answers)


def compare(texts: Texts, base: Sequence[Surprise], tuned: Sequence[Surprise]) -> Reading:
    """Compare two models; the interval resamples the texts, both models' readings together."""
    before, after = total(base), total(tuned)
    change = after.bits_per_byte - before.bits_per_byte
    interval: tuple[float | None, float | None] = (None, None)
    if len(base) > 1:
        import numpy as np

        bits = np.array([b.nats - a.nats for a, b in zip(base, tuned, strict=True)]) / math.log(2)
        sizes = np.array([one.bytes for one in base], dtype=np.float64)
        random = np.random.default_rng(0)
        drawn = random.multinomial(len(bits), np.full(len(bits), 1 / len(bits)), size=_RESAMPLES)
        low, high = np.percentile((drawn @ bits) / (drawn @ sizes), [2.5, 97.5])
        interval = (float(low), float(high))
    return Reading(texts.kind, texts.source, before, after, change, *interval)
