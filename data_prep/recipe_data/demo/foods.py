"""The foods that the slots of patterns are filled with: what each is, and how long it cooks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from recipe_base.errors import TopochefError
from recipe_data.curated_files import read_folder
from recipe_data.demo.knowledge import Item, read_item
from recipe_data.demo.lines import plural
from recipe_data.language.text import words
from recipe_data.pantry.identity import is_meatless
from recipe_data.pantry.words import singular

FOOD_SERVES = 4
"""Eaters that the amount of every food is for, where it is the main thing of a dish."""
USUAL = "usual"
"""The way that every food has."""
_FACTS = frozenset({"line", "title", "until"})
_FORMS = words("sauce powder seasoning bread cheese oil juice noodle")
"""Nouns of foods that have little in common."""


class Way(NamedTuple):
    """One way to use a food: `saute`, `roast`, `raw` …"""

    item: Item
    minutes: float
    """How long that takes; 0 where it takes no time."""


@dataclass(frozen=True)
class Food:
    """Something that a title can name."""

    key: str
    """The word for it in steps, with `_` for blanks."""
    kind: str
    """The class that it stands in: `vegetables`."""
    describes: str
    """Its word in front of another in a title: the `Mushroom` of `Mushroom Soup`."""
    named: str
    """Its word alone: the `Mushrooms` of `Rice with Mushrooms`."""
    until: str | None
    """How it looks when it is done."""
    ways: Mapping[str, Way]
    """By name; `usual` is the food as it comes."""

    @property
    def meatless(self) -> bool:
        """Whether it may go into a vegetarian dish, in all of its ways."""
        return all(is_meatless(way.item.name) for way in self.ways.values())

    @property
    def kin(self) -> str:
        """Its noun: sweet potatoes and potatoes never go into one dish."""
        return kin(self.key)


def kin(key: str) -> str:
    """Return the noun of a key, in the singular; the whole key where the noun says too little.

    >>> kin("sweet_potatoes"), kin("potato"), kin("soy_sauce")
    ('potato', 'potato', 'soy_sauce')
    """
    noun = singular(key.rpartition("_")[2])
    return key if noun in _FORMS else noun


@cache
def foods() -> Mapping[str, Food]:
    """Return every food by its key. Raises `TopochefError` naming one that stands there twice."""
    found: dict[str, Food] = {}
    for _, classes in read_folder("recipe_data.demo", "foods"):
        for kind, content in classes.items():
            for food in _read_class(kind, content):
                if food.key in found:
                    raise TopochefError(
                        f"{food.key} is among the {found[food.key].kind} and the {kind}: "
                        "give each food one place"
                    )
                found[food.key] = food
    return found


def _read_class(kind: str, content: Mapping[str, Any]) -> Iterator[Food]:
    for key, entry in content["foods"].items():
        yield read_food(key, kind, entry, until=content.get("until"))


def read_food(key: str, kind: str, entry: Mapping[str, Any], *, until: str | None) -> Food:
    """Read one food: its line, and its ways as `minutes` or `[minutes, line of its own]`.

    >>> leek = read_food("leek", "vegetables", {"line": "2 leek, sliced", "saute": 8}, until=None)
    >>> leek.describes, leek.named, leek.ways["saute"].minutes
    ('Leek', 'Leeks', 8.0)
    """
    usual = read_item(key, entry["line"])
    ways = {USUAL: Way(usual, 0.0)}
    for name, way in entry.items():
        if name not in _FACTS:
            minutes, item = way if isinstance(way, list) else (way, None)
            ways[name] = Way(read_item(key, item) if item else usual, float(minutes))
    describes, named = _title_words(key, usual, entry.get("title"))
    return Food(
        key=key,
        kind=kind,
        describes=describes,
        named=named,
        until=entry.get("until", until),
        ways=ways,
    )


def _title_words(key: str, usual: Item, title: str | None) -> tuple[str, str]:
    """Return how titles name a food: as they say, else by its key; what is counted as many."""
    if title:
        describes, _, named = title.partition(" | ")
        return describes, named or describes
    word = key.replace("_", " ")
    head, blank, last = word.rpartition(" ")
    counted = usual.unit == "unit" and usual.measure is None
    return (
        f"{head}{blank}{singular(last)}".title(),
        (plural(word) if counted else word).title(),
    )
