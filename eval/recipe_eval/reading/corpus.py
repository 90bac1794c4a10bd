"""What the training recipes are like together: which foods are common, how long a recipe is."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from recipe_base.datasets import DataFolder
from recipe_base.errors import TopochefError
from recipe_base.files import fingerprint, sha256
from recipe_data.pantry.identity import food_key
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
    name: str
    """Signs what was computed with it: the begin of a hash of the training split."""

    def rarity(self, food: str) -> float:
        """ln((1 + recipes) / (1 + recipes that list the food)): 0 for what is in every one.

        >>> corpus = Corpus(99, {"salt": 99, "rice": 9}, 1, 1, "")
        >>> [round(corpus.rarity(food), 2) for food in ("salt", "rice", "saffron")]
        [0.0, 2.3, 4.61]
        >>> NO_CORPUS.rarity("salt")
        1.0
        """
        if not self.recipes:
            return 1.0
        return math.log((1 + self.recipes) / (1 + self.listed_in.get(food, 0)))


NO_CORPUS = Corpus(0, {}, 1, 1, "none")
"""Where no training split is known: all foods weigh the same, and one line and step are enough."""


def corpus_of(foods: Sequence[Sequence[str]], steps: Sequence[int], name: str) -> Corpus:
    """Count recipes, given the food keys of each and its number of steps."""
    listed_in = Counter(food for recipe in foods for food in {*recipe})
    return Corpus(len(foods), listed_in, _low([*map(len, foods)]), _low(steps), name)


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
    key = fingerprint([code_hash(), split, LOW])
    if (known := cache.get(key)) is None:
        examples = read_examples(data)
        foods = [[food_key(item.name) for item in one.ingredients] for one in examples]
        steps = [len(one.answer.instructions) for one in examples]
        known = corpus_of(foods, steps, split[:8])._asdict()
        cache.put(key, known)
    return Corpus(**known)


def _low(counts: Sequence[int]) -> int:
    return sorted(counts)[len(counts) * LOW // 100]
