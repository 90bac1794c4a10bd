"""Which foods a title names, and whether a list has them."""

from __future__ import annotations

from collections.abc import Sequence

from recipe_data.pantry.identity import foods_in
from recipe_data.pantry.mentions import Mention
from recipe_data.schema import Ingredient


def named_by(title: str) -> dict[str, Mention]:
    """Return the foods that a title names, each once, by the pantry's name.

    >>> list(named_by("Carrot and Prawn Soup"))
    ['carrot', 'shrimp', 'soup']
    """
    return {mention.food.name: mention for mention in foods_in(title)}


def listed_of(named: Sequence[Mention], items: Sequence[Ingredient]) -> set[str]:
    """Return which of these foods a list has: itself, a kind of it, or a part named after it.

    >>> items = [Ingredient(60, None, "g", name) for name in ("chicken thighs", "cheddar")]
    >>> sorted(listed_of([*named_by("Chicken, Cheese and Leek").values()], items))
    ['cheese', 'chicken']
    """
    listed = [mention for item in items for mention in foods_in(item.name)]
    return {one.food.name for one in named if any(_has(one, other) for other in listed)}


def _has(named: Mention, listed: Mention) -> bool:
    food = named.food
    general = food.name == food.family
    return (
        listed.food.name == food.name
        or (general and listed.food.is_of(food.family))
        or set(food.name.split()) <= set(listed.words.split())
    )
