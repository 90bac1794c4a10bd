"""`--ground`: prompts that carry the nearest training recipes, so that a model learns to use them.

A row leans on training recipes alone, and never on one of its own group, which is alike: a
neighbour of a training title is as far from it as one of a test title is. Of the training rows one
half stays as it is, by lot, so that one model knows both ways to be asked.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
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
from recipe_data.cookbook import shelf
from recipe_data.cookbook.shelf import Shelf, embedded
from recipe_data.grounded_prompts import Neighbour, fitting, grounded_messages
from recipe_data.schema import Recipe

RULE = f"{shelf.RULE}|{grounded_prompts.RULE}|others:of-other-groups|train:half"
COLUMN = "leans_on"
"""Ids of the recipes in the prompt, the nearest first; empty in a row without."""
_REMEMBERED = 1 << 14


class Leaning(NamedTuple):
    """What the prompt of one recipe leans on."""

    ids: tuple[str, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()


def leanings(
    kept: Path, titles: Texts, splits: Sequence[Split], leaders: Sequence[int], count: int
) -> Iterator[Leaning]:
    """Yield for every recipe its `count` nearest training recipes of other groups.

    Args:
        kept: A `Written` a line, of every recipe.
        titles: The title of each.
        splits: The split of each.
        leaders: What names the group of each.
        count: Recipes to lean on, as far as they fit into a prompt.
    """
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
            found = [other for other in largest(near, count) if near[other] > 0]
            recipes = [read(trained[other]) for other in found]
            near_by = [_neighbour(*pair) for pair in zip(recipes, near[found], strict=True)]
            fit = fitting(near_by)
            yield Leaning(tuple(recipe.id for recipe in recipes[: len(fit)]), tuple(fit))
            advance()


class Grounding:
    """Puts neighbours into rows, and counts."""

    def __init__(self, seed: int) -> None:
        """Take the seed of the lot."""
        self._seed = seed
        self._rows: Counter[Split] = Counter()
        self._nearest: dict[Split, list[float]] = {split: [] for split in SPLITS}

    def row(self, chat: str, split: Split, leaning: Leaning) -> str:
        """Return a row with what it leans on, which is nothing where it asks for no title."""
        row: dict[str, Any] = json.loads(chat)
        by_title = row["task"] == "recipe" and row["form"] == "title"
        if not by_title or not leaning.ids or (split == "train" and self._stays(row["recipe"])):
            return without(chat)
        *asked, answer = row["messages"]
        row["messages"] = [*grounded_messages(asked, leaning.neighbours), answer]
        self._rows[split] += 1
        self._nearest[split].append(leaning.neighbours[0].nearness)
        return to_json({**row, COLUMN: " ".join(leaning.ids)})

    def facts(self) -> dict[str, Any]:
        """Return how many rows lean on recipes, and how near the nearest is on average."""
        return {
            split: {"rows": self._rows[split], "nearest": round(fmean(found), 3)}
            for split, found in self._nearest.items()
            if found
        }

    def _stays(self, recipe: str) -> bool:
        return hashlib.sha256(f"{self._seed}|ground|{recipe}".encode()).digest()[0] % 2 == 0


def without(chat: str) -> str:
    """Return a row that leans on nothing, with the column that all rows of a file have.

    >>> without('{"id":"a"}')
    '{"id":"a","leans_on":""}'
    """
    return f'{chat[:-1]},"{COLUMN}":""}}'


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
