"""One list out of many: foods by votes, each with its usual name and amount."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from statistics import median

from recipe_data.answers import render_ingredient, rounded
from recipe_data.pantry.identity import food_key
from recipe_data.schema import Ingredient
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
    """Write the commonest name with the median amount in the commonest unit, or with none."""
    name, _ = Counter(item.name for item in items).most_common(1)[0]
    unit, _ = Counter(item.unit for item in items).most_common(1)[0]
    amounts = [
        middle(item.quantity, item.quantity_max)
        for item in items
        if item.unit == unit and item.quantity is not None
    ]
    amount = median(amounts) if amounts else None
    return render_ingredient(rounded(Ingredient(amount, None, unit if amounts else None, name)))
