"""An ingredient line as RecipeNLG has it, and what it means in metric."""

from __future__ import annotations

import re
from random import Random
from typing import NamedTuple

from recipe_data.demo.knowledge import PACKS, Item
from recipe_data.demo.measures import measure
from recipe_data.demo.style import Style
from recipe_data.schema import Unit

_IN_FRONT = re.compile(r"(?:\w+ly )?\w+ed|torn")
"""Preparations that may stand before the name: `finely chopped onion`."""
_IN_FRONT_SHARE = 0.06
_IN_FRONT_SHARE_PACKED = 0.7
_OPTIONAL_NOTE_SHARE = 0.3
_IRREGULAR = {"loaf": "loaves", "leaf": "leaves", "zucchini": "zucchini", "chili": "chilies"}


class Line(NamedTuple):
    """A written ingredient line and its gold reading."""

    text: str
    quantity: float | None
    quantity_max: float | None
    unit: Unit | None
    name: str
    preparation: str | None


def plural(name: str) -> str:
    """Put the last word of a name into the plural.

    >>> plural("green onion"), plural("tomato"), plural("bay leaf"), plural("red chili")
    ('green onions', 'tomatoes', 'bay leaves', 'red chilies')
    """
    head, _, last = name.rpartition(" ")
    if last in _IRREGULAR:
        last = _IRREGULAR[last]
    elif last.endswith(("ato", "ch", "sh", "x")):
        last += "es"
    else:
        last += "s"
    return f"{head} {last}".lstrip()


def write_line(
    item: Item, factor: float, style: Style, rng: Random, *, ranged: bool = False
) -> Line:
    """Write one ingredient line and say what it means.

    `factor` scales the amount of the knowledge base; `ranged` asks for a range of amounts.
    """
    preparation = rng.choice(item.preparations) if item.preparations else None
    measured = measure(item, factor, preparation, style, rng, ranged=ranged)
    if measured is None:
        taste = rng.choice(("", "", " to taste", ", to taste"))
        return Line(item.name + taste, None, None, None, item.name, preparation)
    name = plural(item.name) if measured.plural else item.name
    noun = f"{name} {measured.after}" if measured.after else name
    note = " (optional)" if item.optional and rng.random() < _OPTIONAL_NOTE_SHARE else ""
    return Line(
        text=f"{measured.before} {_described(noun, preparation, item, rng)}{note}",
        quantity=measured.quantity,
        quantity_max=measured.quantity_max,
        unit=measured.unit,
        name=name,
        preparation=preparation,
    )


def _described(noun: str, preparation: str | None, item: Item, rng: Random) -> str:
    """Say what was done to it: before the noun, behind a comma or in brackets."""
    if not preparation:
        return noun
    in_front = _IN_FRONT_SHARE_PACKED if item.measure in PACKS else _IN_FRONT_SHARE
    if _IN_FRONT.fullmatch(preparation) and rng.random() < in_front:
        return f"{preparation} {noun}"
    return f"{noun} ({preparation})" if rng.random() < 0.1 else f"{noun}, {preparation}"
