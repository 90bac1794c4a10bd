"""How many foods have the right amount: F1, and the share of gold's within 10 % and 25 %."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import partial

from recipe_data.pantry.identity import food_key
from recipe_data.schema import Ingredient
from recipe_eval.metrics.base import Metric, Overlap, f1, recall
from recipe_eval.metrics.foods import FOOD_RULE
from recipe_eval.metrics.matching import match, middle, within
from recipe_eval.reading.entities import Entities

TIGHT, LOOSE = 0.1, 0.25


def count_amounts(gold: Entities, predicted: Entities, tolerance: float) -> Overlap:
    """Count the foods with the right amount, one line for one line, and the amounts of each.

    Right: the same food, the same unit of `g`, `ml` and pieces, and the middle of what is written
    within gold's range, widened by the tolerance.
    """
    wanted, written = _by_food(gold.ingredients), _by_food(predicted.ingredients)
    hits = sum(
        len(match(written[food], items, partial(amount_within, tolerance=tolerance)))
        for food, items in wanted.items()
        if food in written
    )
    return Overlap(hits, *(_amounts(recipe.ingredients) for recipe in (predicted, gold)))


def _by_food(items: Sequence[Ingredient]) -> dict[str, list[Ingredient]]:
    found: dict[str, list[Ingredient]] = defaultdict(list)
    for item in items:
        if item.quantity is not None and (food := food_key(item.name)):
            found[food].append(item)
    return dict(found)


def _amounts(items: Sequence[Ingredient]) -> int:
    return sum(item.quantity is not None for item in items)


def amount_within(predicted: Ingredient, gold: Ingredient, tolerance: float) -> bool:
    """Tell whether units are the same and the amount lies in gold's range, widened.

    A range that is predicted is judged by its middle; False where either states no amount.
    """
    if predicted.quantity is None or gold.quantity is None:
        return False
    amount = middle(predicted.quantity, predicted.quantity_max)
    close = within(amount, gold.quantity, gold.quantity_max, tolerance)
    return predicted.unit == gold.unit and close


def _rule(tolerance: float) -> str:
    return f"{FOOD_RULE}|match:one-to-one|units:same|tolerance:{tolerance:g}"


_balanced = partial(
    Metric, group="balanced", reads=("ingredient names", "all amounts"), part="ingredients"
)

QUANTITY_F1 = _balanced(
    name="quantity_f1",
    title="Quantity F1",
    count=partial(count_amounts, tolerance=TIGHT),
    value=f1,
    rule=f"{_rule(TIGHT)}|f1",
)
QUANTITIES_WITHIN = tuple(
    _balanced(
        name=f"quantity_within_{100 * tolerance:.0f}",
        title=f"Foods with the amount within {100 * tolerance:.0f} %",
        count=partial(count_amounts, tolerance=tolerance),
        value=recall,
        rule=f"{_rule(tolerance)}|divisor:gold",
    )
    for tolerance in (TIGHT, LOOSE)
)
