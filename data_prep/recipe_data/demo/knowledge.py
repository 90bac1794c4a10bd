"""The dishes of the knowledge base: what goes into them and how they are cooked, in metric."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from recipe_base.errors import TopochefError
from recipe_data.curated_files import read_folder
from recipe_data.demo.markup import check, facts
from recipe_data.schema import Unit

PACKS = frozenset({"can", "jar"})
PIECES = frozenset({"slices", "cloves", "stalks", "large", "whole"})
_MEASURES: dict[Unit, frozenset[str]] = {
    "g": PACKS | {"cup"},
    "ml": frozenset(),
    "unit": PIECES,
}

_ITEM = re.compile(
    r"(?:(?P<quantity>\d+(?:\.\d+)?) (?:(?P<unit>g|ml) )?(?:\((?P<measure>[a-z]+)\) )?)?"
    r"(?P<name>[^\d,][^,]*)(?:, (?P<preparations>.+))?"
)


@dataclass(frozen=True)
class Item:
    """An ingredient of a dish, for the number of servings that the dish states."""

    key: str
    """The word that the steps use."""
    name: str
    """In the singular where it is counted."""
    quantity: float | None
    """Grams, millilitres or pieces; None: to taste."""
    unit: Unit | None
    measure: str | None
    """How a cook measures it: `cup`, one of `PACKS` or `PIECES`, or None for scales and spoons."""
    preparations: tuple[str, ...]
    """To choose from; empty where there is none."""
    optional: bool = False


@dataclass(frozen=True)
class DishTemplate:
    """A dish, and every way to write it down."""

    family: str
    """Name of the file that it stands in."""
    titles: tuple[str, ...]
    serves: int
    items: tuple[Item, ...]
    steps: tuple[tuple[str, ...], ...]
    """Wordings of each step; all of one step state the same facts."""
    vegetarian: Mapping[str, Item] | None
    """What to swap for a meatless version; None where there is none."""
    pattern: str | None = None
    """Name of the pattern that it was made of; None where it stands in the knowledge base."""
    foods: tuple[str, ...] = ()
    """Keys of the foods that fill the pattern: what the titles name."""

    @property
    def name(self) -> str:
        """The usual title."""
        return self.titles[0]


def read_item(key: str, text: str, *, optional: bool = False) -> Item:
    """Read one line of the knowledge base.

    >>> read_item("rice", "200 g (cup) long-grain rice").measure
    'cup'
    >>> read_item("onion", "1 onion, chopped | diced").preparations
    ('chopped', 'diced')
    """
    match = _ITEM.fullmatch(text)
    if not match:
        raise TopochefError(f"{key}: {text!r} is not `number [g|ml] [(measure)] name, preparation`")
    measure = match["measure"]
    unit: Unit = "g" if match["unit"] == "g" else "ml" if match["unit"] else "unit"
    if measure and measure not in _MEASURES[unit]:
        raise TopochefError(f"{key}: {text!r} cannot be measured in ({measure})")
    return Item(
        key=key,
        name=match["name"],
        quantity=float(match["quantity"]) if match["quantity"] else None,
        unit=unit if match["quantity"] else None,
        measure=measure,
        preparations=tuple(match["preparations"].split(" | ")) if match["preparations"] else (),
        optional=optional,
    )


def read_dish(family: str, entry: Mapping[str, Any]) -> DishTemplate:
    """Read one entry of the knowledge base and check that it hangs together.

    Raises `TopochefError` naming the dish if a step refers to something that is not in it, an
    ingredient is never used, or two wordings of a step state different facts.
    """
    extras = entry.get("extras", {})
    swaps = entry.get("vegetarian")
    dish = DishTemplate(
        family=family,
        titles=tuple(entry["titles"]),
        serves=entry["serves"],
        items=(
            *(read_item(key, text) for key, text in entry["ingredients"].items()),
            *(read_item(key, text, optional=True) for key, text in extras.items()),
        ),
        steps=tuple(tuple(wordings) for wordings in entry["steps"]),
        vegetarian=None if swaps is None else {k: read_item(k, text) for k, text in swaps.items()},
    )
    check_dish(dish)
    return dish


def check_dish(dish: DishTemplate) -> None:
    """Raise `TopochefError` naming the dish where ingredients and steps do not hang together."""
    keys = {item.key for item in dish.items}
    for wordings in dish.steps:
        for wording in wordings:
            check(wording, dish.name)
            if facts(wording) != facts(wordings[0]):
                raise TopochefError(
                    f"{dish.name}: {wording!r} and {wordings[0]!r} state different facts: "
                    "wordings of one step name the same ingredients, times and temperatures"
                )
    stated = [facts(wordings[0]) for wordings in dish.steps]
    always = {item.key for item in dish.items if not item.optional}
    named = {key for step in stated for key in step.keys}
    used = {  # even where no other extra is chosen; what may not stay away stands outside [...]
        key
        for step in stated
        for key in step.needed | (step.keys - always)
        if step.needed <= always | {key}
    }
    for wrong, problem in ((named - keys, "is not an ingredient"), (keys - used, "is not used")):
        if wrong:
            raise TopochefError(f"{dish.name}: {', '.join(sorted(wrong))} {problem} in its steps")
    if dish.vegetarian and not dish.vegetarian.keys() <= keys:
        raise TopochefError(f"{dish.name}: `vegetarian` swaps what is not in it")


@cache
def dishes() -> tuple[DishTemplate, ...]:
    """Return every dish of the knowledge base: file by file, in the order of their names."""
    return tuple(
        read_dish(family, entry)
        for family, entries in read_folder("recipe_data.demo")
        for entry in entries
    )
