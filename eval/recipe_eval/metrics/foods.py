"""Which foods a recipe lists: precision, recall and F1, rarity, repeats, and those of its title."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import NamedTuple

from recipe_data.pantry.identity import food_key, foods_in
from recipe_data.pantry.mentions import Mention
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


def count_titled(gold: Entities, predicted: Entities) -> Share:
    """Count the foods that the title names and the list has, of those that it names."""
    named = {mention.food.name: mention for mention in foods_in(gold.title)}
    listed = [one for item in predicted.ingredients for one in foods_in(item.name)]
    return Share(sum(_is_listed(one, listed) for one in named.values()), len(named))


def _is_listed(named: Mention, listed: list[Mention]) -> bool:
    """Tell whether a list has a food, a kind of it, or what is named after it: `chicken thigh`."""
    food, words = named.food, set(named.food.name.split())
    general = food.name == food.family
    return any(
        one.food.name == food.name
        or (general and one.food.is_of(food.family))
        or words <= set(one.words.split())
        for one in listed
    )


_balanced = partial(Metric, group="balanced", reads=("ingredient names",))
_match = f"{FOOD_RULE}|match:one-to-one"

INGREDIENT_PRECISION = _balanced(
    name="ingredient_precision",
    title="Ingredient precision",
    count=count_foods,
    value=precision,
    rule=_match,
)
INGREDIENT_RECALL = _balanced(
    name="ingredient_recall", title="Ingredient recall", count=count_foods, value=recall, rule=_match
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
)
TITLE_FIDELITY = Metric(
    name="title_fidelity",
    title="Foods of the title listed",
    count=count_titled,
    value=share,
    rule=f"{FOOD_RULE}|kinds:listed|gold:none",
    group="kitchen",
    reads=("ingredient names",),
)
