"""One list out of many: foods by votes, each with its usual name and amount."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from statistics import median

from recipe_data.answers import render_ingredient, rounded
from recipe_data.pantry.identity import food_key
from recipe_data.schema import Ingredient, Unit
from recipe_eval.metrics.matching import middle


def by_votes(lists: Sequence[Sequence[Ingredient]], length: int) -> list[str]:
    """Return the lines of the foods that most lists have; ties go to the one that came first.

    >>> rice, salt = Ingredient(200, None, "g", "rice"), Ingredient(None, None, None, "salt")
    >>> by_votes([[salt], [salt, rice], [Ingredient(300, None, "g", "rice")]], 2)
    ['salt', '250 g rice']
    """
    lines: dict[str, list[Ingredient]] = defaultdict(list)
    votes: Counter[str] = Counter()
    for items in lists:
        foods = [(food, item) for item in items if (food := food_key(item.name))]
        votes.update({food: 1 for food, _ in foods})
        for food, item in foods:
            lines[food].append(item)
    return [_line(lines[food]) for food, _ in votes.most_common(length)]


def _line(items: Sequence[Ingredient]) -> str:
    """Write the commonest name with the median amount in the commonest unit.

    Without an amount where most lines have none.
    """
    name, _ = Counter(item.name for item in items).most_common(1)[0]
    amounts: dict[Unit | None, list[float]] = defaultdict(list)
    for item in items:
        if item.quantity is not None:
            amounts[item.unit].append(middle(item.quantity, item.quantity_max))
    unit = max(amounts, key=lambda one: len(amounts[one]), default=None)
    without = len(items) - sum(map(len, amounts.values()))
    if without > len(amounts.get(unit, ())):
        return render_ingredient(Ingredient(None, None, None, name))
    return render_ingredient(rounded(Ingredient(median(amounts[unit]), None, unit, name)))
