"""Texts of other dishes for pretraining alone, none of them like a held-out recipe."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from recipe_data.building.compact import Hashes, Texts
from recipe_data.building.converting import Converted, Outcome, Written
from recipe_data.building.keys import Keys
from recipe_data.building.leaks import Side, alike_to_held_out
from recipe_data.building.near import NEAR_DUPLICATE
from recipe_data.building.sources import Choose


class PretrainingExtras(NamedTuple):
    """What became of the dishes that were not chosen."""

    sides: list[Side]
    """Those of the chosen recipes, and behind them the others': train, or None if left out."""
    facts: dict[str, int]
    """How many texts were written, and how many recipes left out as alike to a held-out one."""


def other_than(choose: Choose) -> Choose:
    """Choose what `choose` turns down, by the title."""
    return lambda title: "a chosen dish" if choose(title) is None else None


def add_extras(
    outcomes: Iterable[Outcome], keys: Keys, titles: Texts, splits: Sequence[Side], target: Path
) -> PretrainingExtras:
    """Append the texts of converted recipes to `target`, each recipe once.

    Keys and titles go behind those of the chosen. Left out is what shares `NEAR_DUPLICATE` or more
    of its words with a recipe of validation or test.
    """
    seen = Hashes()
    with tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n", dir=target.parent) as waiting:
        for outcome in outcomes:
            if isinstance(outcome, Converted) and seen.add(outcome.identity):
                keys.append(outcome.key)
                titles.append(outcome.title)
                waiting.write(Written(*json.loads(outcome.line)).text + "\n")
        first = len(splits)
        sides = list(splits)
        sides.extend("train" for _ in range(first, len(titles)))
        for item in list(alike_to_held_out(keys.words, sides, NEAR_DUPLICATE, start=first)):
            sides[item] = None
        waiting.seek(0)
        with target.open("a", encoding="utf-8", newline="\n") as out:
            out.writelines(line for side, line in zip(sides[first:], waiting, strict=True) if side)
    alike = sides[first:].count(None)
    return PretrainingExtras(
        sides, {"texts": len(sides) - first - alike, "alike_to_held_out": alike}
    )
