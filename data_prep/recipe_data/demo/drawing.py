"""Which dishes a corpus has: those of the knowledge base, and those that patterns make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import TypeVar

from recipe_data.demo.foods import Food
from recipe_data.demo.knowledge import DishTemplate, dishes
from recipe_data.demo.patterns import Pattern, patterns

PATTERN_SHARE = 0.8
"""Share of the rows whose dish a pattern makes: to know their foods, a title must be read."""
ASKED_MOST = frozenset({"pasta", "rice", "sandwich"})
"""Families whose dishes and patterns come twice as often: those that real recipes are asked for."""
_ATTEMPTS = 20
_Kind = TypeVar("_Kind", DishTemplate, Pattern)


def draw_dishes(rows: int, rng: Random) -> Iterator[DishTemplate]:
    """Yield the dish of every row.

    Dishes are as frequent as one another, and so are patterns, but for the families asked for most.
    A pattern is filled with foods that were used little so far, in a combination of its own as long
    as there is one.
    """
    made = round(rows * PATTERN_SHARE)
    order: list[DishTemplate | Pattern] = [
        *_in_turn(dishes(), rows - made, rng),
        *_in_turn(patterns(), made, rng),
    ]
    rng.shuffle(order)
    used: Counter[str] = Counter()
    seen: set[tuple[str | None, tuple[str, ...]]] = set()
    for dish in order:
        yield dish if isinstance(dish, DishTemplate) else _new_dish(dish, used, seen, rng)


def _in_turn(all_: Sequence[_Kind], count: int, rng: Random) -> list[_Kind]:
    """Take each in turn; of the families asked for most, each has two turns."""
    turns = [one for one in all_ for _ in range(1 + (one.family in ASKED_MOST))]
    rng.shuffle(turns)
    return [turns[i % len(turns)] for i in range(count)]


def _new_dish(
    pattern: Pattern,
    used: Counter[str],
    seen: set[tuple[str | None, tuple[str, ...]]],
    rng: Random,
) -> DishTemplate:
    """Make a dish of a pattern that was not made yet, and remember it."""
    for _ in range(_ATTEMPTS):
        dish = pattern.fill(choose(pattern, used, rng))
        if (dish.pattern, dish.foods) not in seen:
            break
    seen.add((dish.pattern, dish.foods))
    used.update(dish.foods)
    return dish


def choose(pattern: Pattern, used: Mapping[str, int], rng: Random) -> dict[str, Food]:
    """Fill every slot; a food used n times is as likely as 1 / (1 + n)² says."""
    chosen: dict[str, Food] = {}
    for slot in pattern.slots:
        fitting = pattern.fits(slot, chosen)
        weights = [(1 + used.get(food.key, 0)) ** -2 for food in fitting]
        chosen[slot] = rng.choices(fitting, weights)[0]
    return chosen
