"""The table of foods: what every entry of `foods/*.yaml` says.

A group names its `family` and what all of its foods share: what they hold and may hold (read the
label), the diet where that is stricter than follows from it, the °C that make them safe inside, and
whether one is a piece that nobody halves. `foods` are names in the singular, separated by commas;
`a = b` are names of one food, the first of which stands for all.

Allergens are those that the European Union has labelled (Regulation 1169/2011, annex II), with
crustaceans and molluscs joined as shellfish; meat, honey and rennet are there for diets. Core
temperatures are those of USDA FSIS: poultry 74 °C, mince and egg dishes 71 °C, whole cuts and fish
63 °C, cooked ham 60 °C. It is kitchen knowledge that helps a cook to look, no medical advice.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple

from recipe_base.errors import TopochefError
from recipe_data.curated_files import read_yaml
from recipe_data.pantry.words import food_words
from recipe_data.prompts import Diet

Level = Literal["holds", "may hold"]
ALLERGENS = (
    "gluten", "dairy", "egg", "fish", "shellfish", "tree nuts", "peanut", "soy", "sesame",
    "celery", "mustard", "sulphites", "lupin",
)  # fmt: skip
OF_DIETS = ("honey", "meat", "animal rennet")
SUBSTANCES = frozenset(ALLERGENS + OF_DIETS)
FLESH = frozenset({"meat", "fish", "shellfish", "animal rennet"})
"""What vegetarians do not eat."""
OF_ANIMALS = FLESH | {"dairy", "egg", "honey"}
"""What vegans do not eat."""
LONGEST = 5
"""Words of the longest name."""
_KEYS = frozenset({"family", "holds", "may", "diet", "core", "whole", "foods"})


class Food(NamedTuple):
    """A food, and what a kitchen must know of it."""

    name: str
    """Its words, as `food_words` has them: `sour cream`."""
    family: str
    holds: frozenset[str] = frozenset()
    """The substances that it is made of, or always made with."""
    may_hold: frozenset[str] = frozenset()
    """The substances that it is often made with: read the label."""
    strict: Literal["vegetarian", "unknown"] | None = None
    """Why it is not vegan, or may not even be vegetarian, although no substance says so."""
    core_celsius: float | None = None
    """The °C that make it safe inside."""
    whole: bool = False
    """Whether it is counted in pieces that nobody halves."""

    @property
    def diet(self) -> Diet | None:
        """The strictest diet that it surely keeps to; None where flesh may be in it."""
        substances = self.holds | self.may_hold
        if substances & FLESH or self.strict == "unknown":
            return None
        return "vegetarian" if substances & OF_ANIMALS or self.strict else "vegan"

    def level(self, substance: str) -> Level | None:
        """Tell whether it holds a substance, may hold it, or (None) is not known to."""
        if substance in self.holds:
            return "holds"
        return "may hold" if substance in self.may_hold else None

    def without(self, substances: frozenset[str]) -> Food:
        """Return the food made without some substances: `gluten-free` flour."""
        if not substances & (self.holds | self.may_hold):
            return self
        holds, may_hold = self.holds - substances, self.may_hold - substances
        strict = self.strict if substances.isdisjoint(OF_ANIMALS) else None
        return self._replace(holds=holds, may_hold=may_hold, strict=strict)


@cache
def foods() -> dict[str, Food]:
    """Return every food by each of its names; raises `TopochefError` for a malformed table."""
    found: dict[str, Food] = {}
    for path in sorted(files("recipe_data.pantry").joinpath("foods").iterdir(), key=str):
        for number, group in enumerate(read_yaml(path), 1):
            where = f"{path.name}, group {number}"
            for name, food in read_group(group, where):
                if name in found:
                    raise TopochefError(f"{where}: {name} is there already: merge them")
                found[name] = food
    return found


def read_group(group: dict[str, Any], where: str) -> Iterator[tuple[str, Food]]:
    """Yield the foods of a group by their names; raises `TopochefError` where it is malformed."""
    for names in _names(group, where):
        food = _food(group, names[0], where)
        yield from ((name, food) for name in names)


def _names(group: dict[str, Any], where: str) -> list[list[str]]:
    """Return the foods of a group, each with its names."""
    if not {"family", "foods"} <= set(group) <= _KEYS:
        raise TopochefError(f"{where}: give `family` and `foods`, and of {sorted(_KEYS)} no others")
    listed = [
        list(dict.fromkeys(" ".join(food_words(name)) for name in entry.split("=")))
        for entry in group["foods"].split(",")
    ]
    if not all(name and name.count(" ") < LONGEST for names in listed for name in names):
        raise TopochefError(f"{where}: a food has a name of at most {LONGEST} words")
    return listed


def _food(group: dict[str, Any], name: str, where: str) -> Food:
    holds, may_hold = (_substances(group.get(key) or "", where) for key in ("holds", "may"))
    return Food(
        name,
        group["family"],
        holds,
        may_hold - holds,
        group.get("diet"),
        group.get("core"),
        group.get("whole", False),
    )


def _substances(listed: str, where: str) -> frozenset[str]:
    named = frozenset(filter(None, (name.strip() for name in listed.split(","))))
    if unknown := named - SUBSTANCES:
        raise TopochefError(f"{where}: no substance is called {', '.join(sorted(unknown))}")
    return named
