"""Ingredient recall and quantity precision."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from recipe_data.schema import Ingredient
from recipe_eval.metrics.base import Metric, Share, precision_items, share
from recipe_eval.metrics.matching import match, middle, paired, within
from recipe_eval.reading.entities import Entities
from recipe_eval.reading.names import NAME_RULE, core, same_name

QUANTITY_TOLERANCE = 0.1


def named_alike(predicted: Ingredient, gold: Ingredient) -> bool:
    """Tell whether two ingredients have the same name, by `names.core`."""
    return same_name(predicted.name, gold.name)


def recalled(gold: Entities, predicted: Entities) -> list[int]:
    """Return the places of the predicted ingredients that gold has, by `names.core`, one to one."""
    written, wanted = ([core(one.name) for one in side.ingredients] for side in (predicted, gold))
    return paired(written, wanted)


def amount_right(predicted: Ingredient, gold: Ingredient) -> bool:
    """Tell whether name and unit are the same and the amount is within 10 % of gold's range.

    A range is judged by its middle; `g`, `ml` and `unit` are never compared with each other.

    >>> gold = Ingredient(200, 250, "g", "rice")
    >>> amount_right(Ingredient(260, None, "g", "rice"), gold)
    True
    >>> amount_right(Ingredient(260, None, "ml", "rice"), gold)
    False
    """
    if predicted.quantity is None or gold.quantity is None or predicted.unit != gold.unit:
        return False
    amount = middle(predicted.quantity, predicted.quantity_max)
    close = within(amount, gold.quantity, gold.quantity_max, QUANTITY_TOLERANCE)
    return close and named_alike(predicted, gold)


def count_recalled(gold: Entities, predicted: Entities) -> Share:
    """Count the gold ingredients that are named: |gold matched| of |gold|, one to one."""
    return Share(len(recalled(gold, predicted)), len(gold.ingredients))


def count_quantities(gold: Entities, predicted: Entities) -> Share:
    """Count the predicted amounts that are right, of all amounts predicted.

    An amount of an ingredient that gold does not have is wrong.
    """
    written = [item for item in predicted.ingredients if item.quantity is not None]
    wanted = [item for item in gold.ingredients if item.quantity is not None]
    groups = _by_core(wanted)
    hits = sum(
        len(match(items, groups[name], amount_right))
        for name, items in _by_core(written).items()
        if name in groups
    )
    return Share(hits, precision_items(len(written), len(wanted)))


def _by_core(items: Iterable[Ingredient]) -> dict[frozenset[str], list[Ingredient]]:
    groups: dict[frozenset[str], list[Ingredient]] = defaultdict(list)
    for item in items:
        groups[core(item.name)].append(item)
    return dict(groups)


INGREDIENT_RECALL = Metric(
    name="ingredient_recall",
    title="Ingredient recall",
    count=count_recalled,
    value=share,
    rule=f"{NAME_RULE}|match:one-to-one",
    reads=("ingredient names",),
    part="ingredients",
)

QUANTITY_PRECISION = Metric(
    name="quantity_precision",
    title="Quantity precision",
    count=count_quantities,
    value=share,
    rule=f"{NAME_RULE}|match:one-to-one|units:same|tolerance:{QUANTITY_TOLERANCE:g}",
    reads=("ingredient names", "all amounts"),
    part="ingredients",
)
