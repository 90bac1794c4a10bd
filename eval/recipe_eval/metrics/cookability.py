"""What the thesis does not ask: is the list used, the order kept, the mix right, all plausible?"""

from __future__ import annotations

from collections import defaultdict, deque
from functools import lru_cache, partial

from recipe_data.pantry.densities import grams_per_ml
from recipe_data.schema import Ingredient
from recipe_eval.metrics.base import Metric, Share, Summed, average, share
from recipe_eval.metrics.ingredients import recalled
from recipe_eval.metrics.matching import middle
from recipe_eval.reading.entities import Entities
from recipe_eval.reading.names import NAME_RULE, core

_WATERY = 1.0  # grams per ml of what is no solid of `recipe_data.pantry.densities`


def count_covered(gold: Entities, predicted: Entities) -> Share:
    """Count gold's ingredients that are listed and that a step names, of all of gold's."""
    used = {i for step in predicted.uses for i in step}
    return Share(sum(i in used for i in recalled(gold, predicted)), len(gold.ingredients))


def count_used(gold: Entities, predicted: Entities) -> Share:
    """Count the listed ingredients that a step names; gold has no say in it."""
    used = {i for step in predicted.uses for i in step}
    return Share(len(used), len(predicted.ingredients))


def count_inversions(gold: Entities, predicted: Entities) -> Share:
    """Count the pairs of common actions that stand in the other order than in gold.

    The n-th time a verb is written answers for gold's n-th time. A recipe that shares fewer than
    two actions with gold has no order to judge.
    """
    places: dict[str, deque[int]] = defaultdict(deque)
    for place, action in enumerate(gold.actions):
        places[action].append(place)
    order = [places[action].popleft() for action in predicted.actions if places[action]]
    pairs = len(order) * (len(order) - 1) // 2
    swapped = sum(one > other for i, one in enumerate(order) for other in order[i + 1 :])
    return Share(swapped, pairs)


def grams(ingredient: Ingredient) -> float | None:
    """Return how much of an ingredient there is, None where it is not weighed or measured.

    The middle of a range; millilitres by the density of the solid, of anything else as water.

    >>> grams(Ingredient(100, 200, "g", "rice")), grams(Ingredient(2, None, "unit", "eggs"))
    (150.0, None)
    """
    if ingredient.quantity is None or ingredient.unit not in ("g", "ml"):
        return None
    amount = middle(ingredient.quantity, ingredient.quantity_max)
    if ingredient.unit == "g":
        return amount
    return amount * _density(ingredient.name, ingredient.preparation)


@lru_cache(maxsize=1 << 14)
def _density(name: str, preparation: str | None) -> float:
    return grams_per_ml(name, preparation) or _WATERY


def mass_shares(recipe: Entities) -> dict[frozenset[str], float]:
    """Return what part of the weighed mass each ingredient is, by the core of its name."""
    masses: dict[frozenset[str], float] = defaultdict(float)
    for ingredient in recipe.ingredients:
        masses[core(ingredient.name)] += grams(ingredient) or 0.0
    total = sum(masses.values())
    return {name: mass / total for name, mass in masses.items() if mass} if total else {}


def compare_masses(gold: Entities, predicted: Entities) -> Summed:
    """Measure how much of the mass would have to become another ingredient.

    The total variation ½ Σ|p − q| of the two recipes' shares, over the ingredients of both: 0 for
    the same proportions whatever the servings, 1 where nothing is common or nothing was weighed.
    It does not apply where gold has nothing weighed.
    """
    wanted, written = mass_shares(gold), mass_shares(predicted)
    if not wanted:
        return Summed(0.0, 0)
    if not written:
        return Summed(1.0, 1)
    both = sorted({*wanted, *written}, key=sorted)  # sums depend on the order, in the last digit
    apart = sum(abs(wanted.get(name, 0.0) - written.get(name, 0.0)) for name in both)
    return Summed(apart / 2, 1)


def count_executable(gold: Entities, predicted: Entities) -> Share:
    """Count the recipe if `recipe_data.check.check_recipe` has nothing to warn of."""
    return Share(int(not predicted.doubts), 1)


_cookability = partial(Metric, group="kitchen")

COOKABILITY = (
    _cookability(
        name="ingredient_coverage",
        title="Ingredients listed and used",
        count=count_covered,
        value=share,
        rule=f"{NAME_RULE}|match:one-to-one|uses:any-core-word",
        reads=("ingredient names",),
    ),
    _cookability(
        name="ingredients_used",
        title="Listed ingredients used",
        count=count_used,
        value=share,
        rule=f"{NAME_RULE}|uses:any-core-word|gold:none",
        reads=("ingredient names",),
    ),
    _cookability(
        name="order_violations",
        title="Step order violations",
        count=count_inversions,
        value=share,
        rule="actions:lemma|match:nth-to-nth|inversions-of-pairs",
        lower_is_better=True,
        reads=("actions",),
    ),
    _cookability(
        name="mass_distance",
        title="Distance of mass shares",
        count=compare_masses,
        value=average,
        rule=f"{NAME_RULE}|total-variation|weighed:g,ml",
        lower_is_better=True,
        reads=("ingredient names", "all amounts"),
        part="ingredients",
    ),
    _cookability(
        name="executable",
        title="Executable without a warning",
        count=count_executable,
        value=share,
        rule="check_recipe:none|gold:none",
        reads=("ingredient names", "all amounts", "durations", "temperatures"),
    ),
)
