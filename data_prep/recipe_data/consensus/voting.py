"""One list out of many: foods by votes, each with its usual name and amount."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from statistics import fmean, median

from recipe_data.answers import rounded
from recipe_data.pantry.identity import food_key
from recipe_data.schema import MAX_INGREDIENTS, Ingredient, Unit

RULE = "foods:pantry|amounts:median-of-commonest-unit"


def consensus(lists: Sequence[Sequence[Ingredient]]) -> list[Ingredient]:
    """Return the list that lists agree on: as many foods as they have on average, by votes.

    >>> rice, salt = Ingredient(200, None, "g", "rice"), Ingredient(None, None, None, "salt")
    >>> [item.name for item in consensus([[salt, rice], [salt], [rice, salt, salt]])]
    ['salt', 'rice']
    """
    length = round(fmean(map(len, lists)))
    return by_votes(lists, min(length, MAX_INGREDIENTS))


def by_votes(lists: Sequence[Sequence[Ingredient]], length: int) -> list[Ingredient]:
    """Return the foods that most lists have; ties go to the one that came first.

    >>> rice, salt = Ingredient(200, None, "g", "rice"), Ingredient(None, None, None, "salt")
    >>> voted = by_votes([[salt], [salt, rice], [Ingredient(300, None, "g", "rice")]], 2)
    >>> [(item.name, item.quantity, item.unit) for item in voted]
    [('salt', None, None), ('rice', 250.0, 'g')]
    """
    lines: dict[str, list[Ingredient]] = defaultdict(list)
    votes: Counter[str] = Counter()
    for items in lists:
        foods = [(food, item) for item in items if (food := food_key(item.name))]
        votes.update({food: 1 for food, _ in foods})
        for food, item in foods:
            lines[food].append(item)
    return [_usual(lines[food]) for food, _ in votes.most_common(length)]


def _usual(items: Sequence[Ingredient]) -> Ingredient:
    """Return the commonest name with the median amount in the commonest unit.

    Without an amount where most lines have none. A range counts by its middle.
    """
    name, _ = Counter(item.name for item in items).most_common(1)[0]
    amounts: dict[Unit | None, list[float]] = defaultdict(list)
    for item in items:
        if (low := item.quantity) is not None:
            high = low if item.quantity_max is None else item.quantity_max
            amounts[item.unit].append((low + high) / 2)
    unit = max(amounts, key=lambda one: len(amounts[one]), default=None)
    without = len(items) - sum(map(len, amounts.values()))
    if without > len(amounts.get(unit, ())):
        return Ingredient(None, None, None, name)
    return rounded(Ingredient(median(amounts[unit]), None, unit, name))
