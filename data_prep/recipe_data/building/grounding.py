"""`--ground`: prompts that carry the nearest training recipes, so that a model learns to use them.

A row leans on training recipes alone, and never on one of its own group, which is alike: a
neighbour of a training title is as far from it as one of a test title is. Of the training rows one
half stays as it is, by lot, so that one model knows both ways to be asked.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import repeat
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

from recipe_base.console import progress_bar
from recipe_base.files import to_json
from recipe_data import grounded_prompts
from recipe_data.answers import render_ingredient
from recipe_data.building.compact import Texts
from recipe_data.building.converting import Written
from recipe_data.building.split import SPLITS, Split
from recipe_data.consensus.neighbours import largest
from recipe_data.cookbook import minilm, shelf
from recipe_data.cookbook.shelf import Shelf, embedded
from recipe_data.grounded_prompts import (
    Neighbour,
    fitting,
    grounded_messages,
    refuse_too_many,
)
from recipe_data.schema import Recipe

RULE = f"{shelf.RULE}|{grounded_prompts.RULE}|others:of-other-groups|train:half"
COLUMN = "leans_on"
"""Ids of the recipes in the prompt, the nearest first; empty in a row without."""
_REMEMBERED = 1 << 14


class Leaning(NamedTuple):
    """What the prompt of one recipe leans on."""

    ids: tuple[str, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()


class Grounding:
    """Puts neighbours into rows, and counts; of none it leaves every row as it is."""

    def __init__(self, count: int, seed: int) -> None:
        """Take how many recipes a prompt carries, as far as they fit, and the seed of the lot.

        Raises `TopochefError` for more than a prompt has room for.
        """
        if count:
            refuse_too_many(count)
            minilm.folder()  # a package that is missing is told before the long part
        self._count = count
        self._seed = seed
        self._nearest: dict[Split, list[float]] = {split: [] for split in SPLITS}

    def inputs(self) -> dict[str, Any]:
        """Return what decides the prompts, for the manifest."""
        return {"ground": f"{self._count}|{RULE}"} if self._count else {}

    def leanings(
        self, kept: Path, titles: Texts, splits: Sequence[Split], leaders: Sequence[int]
    ) -> Iterator[Leaning]:
        """Yield for every recipe its nearest training recipes of other groups.

        Args:
            kept: A `Written` a line, of every recipe.
            titles: The title of each.
            splits: The split of each.
            leaders: What names the group of each.
        """
        if not self._count:
            yield from repeat(Leaning(), len(splits))
            return
        import numpy as np

        trained = [place for place, split in enumerate(splits) if split == "train"]
        groups = np.asarray(leaders)[trained]
        asked = [*titles]
        meanings = embedded(asked)
        known = Shelf([asked[place] for place in trained], meanings[trained])
        with kept.open("rb") as file, progress_bar("Finding neighbours", len(splits)) as advance:
            starts = array("Q", _starts(file))

            @lru_cache(_REMEMBERED)
            def read(place: int) -> Recipe:
                file.seek(starts[place])
                return Recipe.from_dict(json.loads(Written(*json.loads(file.readline())).recipe))

            for place, near in enumerate(known.near(asked, meanings=meanings)):
                near[groups == leaders[place]] = 0
                found = [other for other in largest(near, self._count) if near[other] > 0]
                recipes = [read(trained[other]) for other in found]
                fit = fitting([*map(_neighbour, recipes, near[found])])
                yield Leaning(tuple(recipe.id for recipe in recipes[: len(fit)]), tuple(fit))
                advance()

    def row(self, chat: str, split: Split, leaning: Leaning) -> str:
        """Return a row with what it leans on, which is nothing where it asks for no title."""
        if not leaning.ids:
            return self.alone(chat)
        row: dict[str, Any] = json.loads(chat)
        by_title = row["task"] == "recipe" and row["form"] == "title"
        if not by_title or (split == "train" and self._stays(row["recipe"])):
            return self.alone(chat)
        *asked, answer = row["messages"]
        row["messages"] = [*grounded_messages(asked, leaning.neighbours), answer]
        self._nearest[split].append(leaning.neighbours[0].nearness)
        return to_json({**row, COLUMN: " ".join(leaning.ids)})

    def alone(self, chat: str) -> str:
        """Return a row that leans on nothing, with the column that all rows of a file have.

        >>> Grounding(3, seed=7).alone('{"id":"a"}'), Grounding(0, seed=7).alone('{"id":"a"}')
        ('{"id":"a","leans_on":""}', '{"id":"a"}')
        """
        return f'{chat[:-1]},"{COLUMN}":""}}' if self._count else chat

    def facts(self) -> dict[str, Any]:
        """Return how many rows lean on recipes, and how near the nearest is on average."""
        if not self._count:
            return {}
        return {
            "grounded": {
                split: {"rows": len(found), "nearest": round(fmean(found), 3)}
                for split, found in self._nearest.items()
                if found
            }
        }

    def _stays(self, recipe: str) -> bool:
        return hashlib.sha256(f"{self._seed}|ground|{recipe}".encode()).digest()[0] % 2 == 0


def _neighbour(recipe: Recipe, nearness: float) -> Neighbour:
    return Neighbour(
        recipe.title,
        tuple(map(render_ingredient, recipe.ingredients)),
        tuple(step.text for step in recipe.instructions),
        float(nearness),
    )


def _starts(file: Any) -> Iterator[int]:
    """Yield where each line of a file begins."""
    start = 0
    for line in file:
        yield start
        start += len(line)
