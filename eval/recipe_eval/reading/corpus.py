"""What the training recipes are like together: which foods are common, how long are they?"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from recipe_base.datasets import DataFolder
from recipe_base.errors import TopochefError
from recipe_base.files import fingerprint, sha256
from recipe_data.pantry import titles
from recipe_data.pantry.identity import food_key
from recipe_data.pantry.titles import listed_of, named_by
from recipe_data.schema import Ingredient
from recipe_eval.jsonl_cache import JsonlCache
from recipe_eval.reading.entities import code_hash
from recipe_eval.reading.examples import read_examples

LOW = 10
"""Percentile of the training recipes that a whole recipe reaches."""


class Corpus(NamedTuple):
    """Counts over recipes."""

    recipes: int
    listed_in: Mapping[str, int]
    """Recipes that list a food, by `food_key`."""
    least_foods: int
    """10th percentile of the lengths of their lists."""
    least_steps: int
    """10th percentile of the numbers of their steps."""
    dishes: Sequence[str]
    """Foods that are more often named in a title than listed under it: soup, cookie."""
    name: str
    """Signs what was computed with it: the begin of a hash of the training split."""

    def rarity(self, food: str) -> float:
        """ln((1 + recipes) / (1 + recipes that list the food)): 0 for what is in every one.

        >>> corpus = Corpus(99, {"salt": 99, "rice": 9}, 1, 1, (), "")
        >>> [round(corpus.rarity(food), 2) for food in ("salt", "rice", "saffron")]
        [0.0, 2.3, 4.61]
        >>> NO_CORPUS.rarity("salt")
        1.0
        """
        if not self.recipes:
            return 1.0
        return math.log((1 + self.recipes) / (1 + self.listed_in.get(food, 0)))


NO_CORPUS = Corpus(0, {}, 1, 1, (), "none")
"""Where no training split is known: all foods weigh the same, and one line and step are enough."""


class Counted(NamedTuple):
    """A recipe as far as a corpus counts it."""

    title: str
    ingredients: Sequence[Ingredient]
    steps: int


def corpus_of(recipes: Sequence[Counted], name: str) -> Corpus:
    """Count recipes, of which there must be one."""
    foods = [{food_key(item.name) for item in one.ingredients} for one in recipes]
    return Corpus(
        recipes=len(recipes),
        listed_in=Counter(food for one in foods for food in one),
        least_foods=_low([len(one.ingredients) for one in recipes]),
        least_steps=_low([one.steps for one in recipes]),
        dishes=_dishes(recipes),
        name=name,
    )


def _dishes(recipes: Sequence[Counted]) -> list[str]:
    named: Counter[str] = Counter()
    listed: Counter[str] = Counter()
    for one in recipes:
        foods = named_by(one.title)
        named.update(foods.keys())
        listed.update(listed_of([*foods.values()], one.ingredients))
    return sorted(food for food, count in named.items() if 2 * listed[food] < count)


def read_corpus(data: DataFolder) -> Corpus:
    """Count the training recipes of a data folder; remembered in its cache.

    Raises `TopochefError` if there is no training split.
    """
    if not data.train.there():
        raise TopochefError(
            f"{data.train.path} is not there, by which foods are weighed: name the whole data "
            f"folder, or run `{data.made_by}`"
        )
    split = sha256(data.train.path)
    cache = JsonlCache(data.cache / "corpus.jsonl")
    rules = [sha256(Path(file)) for file in (__file__, titles.__file__)]
    key = fingerprint([code_hash(), *rules, split])
    if (known := cache.get(key)) is None:
        examples = read_examples(data)
        recipes = [
            Counted(one.title, one.ingredients, len(one.answer.instructions)) for one in examples
        ]
        known = corpus_of(recipes, split[:8])._asdict()
        cache.put(key, known)
    return Corpus(**known)


def _low(counts: Sequence[int]) -> int:
    return sorted(counts)[len(counts) * LOW // 100]
