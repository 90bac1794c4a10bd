"""Which foods a recipe lists: precision, recall and F1, rarity, repeats, and those of its title."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import NamedTuple

from recipe_data.pantry.identity import food_key
from recipe_data.pantry.titles import listed_of, named_by
from recipe_eval.metrics.base import Metric, Overlap, Share, f1, precision, recall, share
from recipe_eval.reading.corpus import Corpus
from recipe_eval.reading.entities import Entities

FOOD_RULE = "names:pantry-food"


class Weights(NamedTuple):
    """The rarity of gold's foods that are listed, and of all of them."""

    listed: float
    all: float


def foods_of(recipe: Entities) -> Counter[str]:
    """Count the lines of each food, by `food_key`; a line that names none is left out."""
    foods = Counter(food_key(item.name) for item in recipe.ingredients)
    del foods[""]
    return foods


def count_foods(gold: Entities, predicted: Entities) -> Overlap:
    """Count the foods of both, one line for one line, and the lines of each."""
    hits = (foods_of(gold) & foods_of(predicted)).total()
    return Overlap(hits, len(predicted.ingredients), len(gold.ingredients))


def weigh_foods(gold: Entities, predicted: Entities, corpus: Corpus) -> Weights:
    """Weigh gold's foods by how rare they are among the training recipes."""
    wanted = foods_of(gold)
    both = wanted & foods_of(predicted)
    rare = {food: corpus.rarity(food) for food in wanted}
    return Weights(
        sum(rare[food] * count for food, count in both.items()),
        sum(rare[food] * count for food, count in wanted.items()),
    )


def weighted(weights: Weights) -> float | None:
    """listed / all; None where gold lists nothing that any recipe is without."""
    return weights.listed / weights.all if weights.all else None


def count_repeated(gold: Entities, predicted: Entities) -> Share:
    """Count the lines whose food stands in a line before them, of all lines."""
    foods = foods_of(predicted)
    return Share(foods.total() - len(foods), len(predicted.ingredients))


def count_titled(gold: Entities, predicted: Entities, corpus: Corpus) -> Share:
    """Count the foods that the title names and the list has, of those that it names.

    What the title calls the dish, as soup or cookies, is not among them: that is what training
    recipes name in their titles and seldom list.
    """
    named = [one for food, one in named_by(gold.title).items() if food not in corpus.dishes]
    return Share(len(listed_of(named, predicted.ingredients)), len(named))


_balanced = partial(Metric, group="balanced", reads=("ingredient names",), part="ingredients")
_match = f"{FOOD_RULE}|match:one-to-one"

INGREDIENT_PRECISION = _balanced(
    name="ingredient_precision",
    title="Ingredient precision",
    count=count_foods,
    value=precision,
    rule=_match,
)
INGREDIENT_RECALL = _balanced(
    name="ingredient_recall",
    title="Ingredient recall",
    count=count_foods,
    value=recall,
    rule=_match,
)
INGREDIENT_F1 = _balanced(
    name="ingredient_f1", title="Ingredient F1", count=count_foods, value=f1, rule=f"{_match}|f1"
)


def rare_recall(corpus: Corpus) -> Metric[Weights]:
    """Return the recall of foods, each weighed by `Corpus.rarity`."""
    return Metric(
        name="rare_ingredient_recall",
        title="Ingredient recall by rarity",
        count=partial(weigh_foods, corpus=corpus),
        value=weighted,
        rule=f"{_match}|weight:idf|train:{corpus.name}",
        group="balanced",
        reads=("ingredient names",),
        part="ingredients",
    )


LISTED_TWICE = Metric(
    name="listed_twice",
    title="Foods listed twice",
    count=count_repeated,
    value=share,
    rule=f"{FOOD_RULE}|gold:none",
    lower_is_better=True,
    group="kitchen",
    reads=("ingredient names",),
    part="ingredients",
)


def title_fidelity(corpus: Corpus) -> Metric[Share]:
    """Return the share of the title's foods that are listed; `corpus` knows what are dishes."""
    return Metric(
        name="title_fidelity",
        title="Foods of the title listed",
        count=partial(count_titled, corpus=corpus),
        value=share,
        rule=f"{FOOD_RULE}|kinds:listed|dishes:seldom-listed|train:{corpus.name}|gold:none",
        group="kitchen",
        reads=("ingredient names",),
        part="ingredients",
    )
