"""What is found for the test titles among the training recipes, and how much it is worth.

The worth of a recipe for a title is the F1 of its foods with those of the title's own recipe,
2 · shared ÷ (of the one + of the other), foods by the pantry's names.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.console import progress_bar
from recipe_base.datasets import DataFolder
from recipe_base.errors import TopochefError
from recipe_data.consensus.neighbours import largest
from recipe_data.cookbook.shelf import Shelf, embedded
from recipe_data.pantry.identity import food_key
from recipe_eval.statistics.means import Mean, mean_difference, mean_of

ALIKE = 0.5
"""Worth from which a recipe should be found."""
SEED = 0
RANDOM, WORDS, MEANING, BOTH = "random", "words of the title", "meaning of the title", "both"
SYSTEMS = (RANDOM, WORDS, MEANING, BOTH)
"""The first two are floors; `both` is what cookbooks and `--ground` use."""


class Title(NamedTuple):
    """A recipe as it is looked for, and found."""

    id: str
    title: str
    foods: frozenset[str]


class Found(NamedTuple):
    """How one system fared."""

    system: str
    ndcg: Mean
    recall: Mean | None
    """None where no title has a recipe that should be found."""
    worth: Mean
    """Of the first recipe that was found."""
    ahead: Mean | None
    """NDCG ahead of the words of titles, title by title; None of those themselves."""


class Retrieval(NamedTuple):
    """All systems on the same titles."""

    found: list[Found]
    at: int
    """Recipes that are looked at of each title."""
    titles: int
    known: int
    with_alike: int
    """Titles of which some training recipe is worth `ALIKE`."""


def measure(data: Path, count: int, limit: int | None = None) -> Retrieval:
    """Look for the `count` nearest training recipes of the first `limit` test titles.

    NDCG@count = Σ worth_i / log2(i + 1) of what was found, i from 1, ÷ the most that is possible.
    Recall@count: the share of recipes worth `ALIKE` or more among those found, of as many as could
    be found; titles that have none are left out. Raises `TopochefError` where a split is empty.
    """
    known, asked = _split(data, "train"), _split(data, "test")[:limit]
    worths = _Worths(known)
    ndcg: dict[str, dict[str, float | None]] = {system: {} for system in SYSTEMS}
    recall: defaultdict[str, list[float]] = defaultdict(list)
    worth: defaultdict[str, list[float]] = defaultdict(list)
    with_alike = 0
    with progress_bar("Looking for recipes", len(asked)) as advance:
        for title, ranked in zip(asked, _ranked(known, asked, count), strict=True):
            values = worths.of(title.foods)
            best = dcg(sorted(values, reverse=True)[:count])
            alike = int((values >= ALIKE).sum())
            with_alike += alike > 0
            for system, places in ranked.items():
                gains = [float(values[place]) for place in places]
                ndcg[system][title.id] = dcg(gains) / best if best else None
                worth[system].append(gains[0])
                if alike:
                    recall[system].append(sum(gain >= ALIKE for gain in gains) / min(count, alike))
            advance()
    found = [
        Found(
            system,
            _mean([value for value in ndcg[system].values() if value is not None]),
            mean_of(recall[system]),
            _mean(worth[system]),
            None if system == WORDS else mean_difference(ndcg[system], ndcg[WORDS]),
        )
        for system in SYSTEMS
    ]
    return Retrieval(found, count, len(asked), len(known), with_alike)


def dcg(gains: Sequence[float]) -> float:
    """Return the discounted cumulative gain, Σ gain_i / log2(i + 1), i from 1.

    >>> dcg([1.0, 0.0, 0.5])
    1.25
    """
    import math

    return sum(gain / math.log2(rank + 2) for rank, gain in enumerate(gains))


def _ranked(
    known: Sequence[Title], asked: Sequence[Title], count: int
) -> Iterator[dict[str, list[int]]]:
    titles = [one.title for one in asked]
    shelf = Shelf([one.title for one in known])
    meanings = embedded(titles)
    draw = random.Random(SEED)
    systems = zip(
        shelf.near(titles, "words"),
        shelf.near(titles, "meaning", meanings),
        shelf.near(titles, "both", meanings),
        strict=True,
    )
    for words, meaning, both in systems:
        yield {
            RANDOM: draw.sample(range(len(known)), min(count, len(known))),
            WORDS: largest(words, count),
            MEANING: largest(meaning, count),
            BOTH: largest(both, count),
        }


class _Worths:
    """What every known recipe is worth for a list of foods."""

    def __init__(self, known: Sequence[Title]) -> None:
        import numpy as np

        having: defaultdict[str, list[int]] = defaultdict(list)
        for place, one in enumerate(known):
            for food in one.foods:
                having[food].append(place)
        self._having = {food: np.array(places) for food, places in having.items()}
        self._sizes = np.array([len(one.foods) for one in known])

    def of(self, foods: frozenset[str]) -> Any:
        """Return an array of F1, 0 to 1."""
        import numpy as np

        shared = np.zeros(len(self._sizes))
        for food in foods:
            if food in self._having:
                shared[self._having[food]] += 1
        return 2 * shared / np.maximum(self._sizes + len(foods), 1)


def _split(data: Path, split: str) -> list[Title]:
    recipes = DataFolder(data).recipes
    titles = [
        Title(
            row["id"],
            row["title"],
            frozenset(food for item in row["ingredients"] if (food := food_key(item["name"]))),
        )
        for row in recipes.read()
        if row["split"] == split
    ]
    if not titles:
        raise TopochefError(f"{recipes.path} has no recipe of {split}: run `{recipes.made_by}`")
    return titles


def _mean(values: Sequence[float]) -> Mean:
    found = mean_of(values)
    if found is None:
        raise TopochefError("no test recipe shares a food with a training recipe: build more rows")
    return found
