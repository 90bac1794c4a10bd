"""Titles: the many names under which people write down one dish."""

from __future__ import annotations

import re
from random import Random
from typing import NamedTuple

from recipe_data.demo.knowledge import DishTemplate, Item

_PRAISE = (
    "Easy", "Quick", "Simple", "Best", "Classic", "Homemade", "Favorite", "Family", "Weeknight",
    "Sunday", "Perfect", "Traditional", "Old-Fashioned", "My", "Quick and Easy", "Best Ever",
    "Everyday", "No-Fuss", "The Best", "Delicious", "Authentic", "Country", "Tasty", "Busy Day",
)  # fmt: skip
_PEOPLE = (
    "Grandma", "Mom", "Dad", "Nana", "Grandpa", "Nonna", "Aunt Rosa", "Aunt Betty", "Aunt Mae",
    "Aunt Clara", "Uncle Joe", "Uncle Sal", "Chef Marco", "Chef Anne", "Linda", "Carol", "Barbara",
    "Susan", "Donna", "Ruth", "Helen", "Martha", "Peggy", "Judy", "Maria", "Teresa", "Lucia",
    "Gina", "Paul", "Frank", "Tony", "Bill", "Dave", "Ray", "Karen", "Nancy", "Diane", "Ellen",
    "Irene", "Joan", "Sally", "Wendy", "Cousin Lou", "Cousin Pat", "Mrs. Baker", "Miss Emma",
)  # fmt: skip
_ENDINGS = ("Recipe", "My Way", "in a Hurry", "Deluxe", "II")
_MEATLESS = ("Vegetarian", "Vegetarian", "Meatless", "Veggie")
_PLAIN_SHARE = 0.5
"""Of titles without praise and without the name of a cook, as people ask for a dish."""
_USUAL_FIRST = (4, 2, 2, 2)
_LISTS = re.compile(r" with .* and ")
_NUMBER_WORDS = {2: "Two", 3: "Three", 4: "Four", 6: "Six", 8: "Eight"}


class Title(NamedTuple):
    """A title, and whether it says how many it feeds."""

    text: str
    states_servings: bool


def _prefix(base: str, rng: Random) -> str:
    kind = rng.random()
    if kind < _PLAIN_SHARE:
        return base
    if kind < (1 + _PLAIN_SHARE) / 2:
        praise = rng.choice(_PRAISE)
        return base if set(praise.split()) & set(base.split()) else f"{praise} {base}"
    return f"{rng.choice(_PEOPLE)}'s {base}"


def write_title(
    dish: DishTemplate, servings: int, extras: tuple[Item, ...], rng: Random, *, meatless: bool
) -> Title:
    """Name a dish: `Nonna's Mushroom Risotto with Peas for Two`.

    A title promises nothing that is not in the recipe: an extra only if it was chosen.
    """
    base = rng.choices(dish.titles, _USUAL_FIRST[: len(dish.titles)])[0]
    title = _prefix(f"{rng.choice(_MEATLESS)} {base}" if meatless else base, rng)
    names_extra = bool(extras) and not _LISTS.search(base) and rng.random() < 0.7
    if names_extra:
        joint = "and" if " with " in base else "with"
        title = f"{title} {joint} {extras[0].key.replace('_', ' ').title()}"
    ending = rng.random()
    if ending < 0.2:
        number = _NUMBER_WORDS[servings]
        return Title(rng.choice((f"{title} for {number}", f"{title} (Serves {servings})")), True)
    if ending < 0.3 and not names_extra:
        title = f"{title} {rng.choice(_ENDINGS)}"
    return Title(title, False)
