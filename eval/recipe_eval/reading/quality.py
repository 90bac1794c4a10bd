"""How well the rules read hand-labelled recipes: what a number that rests on them is worth."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from recipe_base.files import fingerprint, sha256
from recipe_data.gold import measure
from recipe_eval.jsonl_cache import JsonlCache
from recipe_eval.reading.entities import code_hash


class Measured(NamedTuple):
    """One entity's quality."""

    value: float
    """Share read rightly, or F1."""
    n: int
    """Labelled items."""


def measure_rules(folder: Path, cache: JsonlCache) -> dict[str, Measured] | None:
    """Return what `recipe-data gold` measures on a folder, by entity; None if it is not there.

    Some ten seconds; remembered as long as neither the labels nor the rules change.
    """
    files = [folder / name for name in ("ingredient_gold.jsonl.gz", "actions_gold.jsonl.gz")]
    if not all(file.is_file() for file in files):
        return None
    key = fingerprint([code_hash(), *map(sha256, [*files, Path(measure.__file__).parent])])
    if (known := cache.get(key)) is None:
        scores = measure.measure_gold(folder).items()
        known = {name: one for name, score in scores if (one := _measured(score))}
        cache.put(key, known)
    return {name: Measured(*values) for name, values in known.items()}


def _measured(score: measure.F1 | measure.Share | float) -> Measured | None:
    """Return share or F1; None for a speed, and where nothing is labelled."""
    if isinstance(score, measure.F1) and score.labelled:
        return Measured(2 * score.found / (score.predicted + score.labelled), score.labelled)
    if isinstance(score, measure.Share) and score.total:
        return Measured(score.right / score.total, score.total)
    return None
