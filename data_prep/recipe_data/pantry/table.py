"""The table of foods: what every entry of `foods/*.yaml` says.

A group names its `family` and what all of its foods share: what they hold and may hold (read the
label), the diet where that is stricter than follows from it, the °C that make them safe inside,
whether one is a piece that nobody halves, and whether they season (`dried`: where they are dried).
`foods` are names in the singular, separated by commas; `a = b` are names of one food, the first of
which stands for all. `a: 190 cooked 160` is a solid of which a US cup weighs so many grams, and
cooked so many; one without a weight has that of what it is a kind of by its name, as `basmati rice`
that of `rice`; 0 is a liquid that is named after a solid.

Allergens are those that the European Union has labelled (Regulation 1169/2011, annex II), with
crustaceans and molluscs joined as shellfish; meat, honey and rennet are there for diets. Core
temperatures are those of USDA FSIS: poultry 74 °C, mince and egg dishes 71 °C, whole cuts and fish
63 °C, cooked ham 60 °C. Weights are those of USDA FoodData Central (SR Legacy, public domain) for
the loose, unpacked food, rounded; of several entries the middle one. Liquids, pastes and ground
spices have none: they stay in millilitres. It is kitchen knowledge that helps a cook to look, no
medical advice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Literal, NamedTuple

from recipe_base.errors import TopochefError
from recipe_data.curated_files import read_folder
from recipe_data.pantry.words import food_words, unaccented
from recipe_data.prompts import Diet

Level = Literal["holds", "may hold"]
Weights = tuple[tuple[str, float], ...]
"""Grams of a US cup by the word that says how a food is: cooked, sliced; last, as it comes ("")."""
ALLERGENS = (
    "gluten", "dairy", "egg", "fish", "shellfish", "tree nuts", "peanut", "soy", "sesame",
    "celery", "mustard", "sulphites", "lupin",
)  # fmt: skip
OF_DIETS = ("honey", "meat", "pork", "beef", "animal rennet", "alcohol")
SUBSTANCES = frozenset(ALLERGENS + OF_DIETS)
FLESH = frozenset({"meat", "pork", "beef", "fish", "shellfish", "animal rennet"})
"""What vegetarians do not eat."""
OF_ANIMALS = FLESH | {"dairy", "egg", "honey"}
"""What vegans do not eat."""
LONGEST = 5
"""Words of the longest name."""
_KEYS = frozenset({"family", "holds", "may", "diet", "core", "whole", "seasons", "foods"})
_SEASONS: dict[Any, Literal["always", "dried"] | None] = {
    None: None, True: "always", "dried": "dried"
}  # fmt: skip
_ENTRY = re.compile(r"(?P<names>[^:]+)(?::(?P<weights>(?: \d+| [a-z]+ \d+)(?: [a-z]+ \d+)*))?")
_IE = re.compile(r"(?<=\w{2})ie\b")
_KINDS_OF_MEAT = frozenset({"pork", "beef"})


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
    seasons: Literal["always", "dried"] | None = None
    """Whether salt, spices or dried herbs: what a dish is not made of."""
    cup_grams: Weights = ()

    def is_of(self, family: str) -> bool:
        """Tell whether it is of a family or a kind of it: `hard cheese` is a kind of `cheese`."""
        return self.family == family or self.family.endswith(f" {family}")

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
    """Return every food by each of its names, also without accents and as one word.

    Raises `TopochefError` for a malformed table.
    """
    found: dict[str, Food] = {}
    for file, groups in read_folder("recipe_data.pantry", "foods"):
        for number, group in enumerate(groups, 1):
            where = f"{file}, group {number}"
            for name, food in read_group(group, where):
                if name in found:
                    raise TopochefError(f"{where}: {name} is there already: merge them")
                found[name] = food
    weights: dict[str, Weights] = {}
    for name, food in found.items():
        weights[food.name] = weights.get(food.name) or _weights(name, food, found)
    table = {name: food._replace(cup_grams=weights[food.name]) for name, food in found.items()}
    for name, food in list(table.items()):
        # `queenies` is read as `queeny`, like `berries`
        for spelling in (unaccented(name), _IE.sub("y", name), *food_words(name.replace(" ", ""))):
            table.setdefault(spelling, food)
    return table


def _weights(name: str, food: Food, table: dict[str, Food]) -> Weights:
    """Return what a food weighs, or else what it is a kind of by one of its names."""
    head = name.partition(" of ")[0]
    spoken = (head if head in table else name).split()  # `cream of coconut` is no coconut
    shorter = (table.get(" ".join(spoken[start:])) for start in range(len(spoken)))
    kinds = (other for other in shorter if other and food.is_of(other.family) and other.cup_grams)
    return next(kinds, food).cup_grams


def read_group(group: dict[str, Any], where: str) -> Iterator[tuple[str, Food]]:
    """Yield the foods of a group by their names; raises `TopochefError` where it is malformed."""
    if not {"family", "foods"} <= set(group) <= _KEYS:
        raise TopochefError(f"{where}: give `family` and `foods`, and of {sorted(_KEYS)} no others")
    if group.get("seasons") not in _SEASONS:
        raise TopochefError(f"{where}: `seasons` is true or `dried`")
    for entry in group["foods"].split(","):
        read = _ENTRY.fullmatch(entry.strip())
        spoken = read["names"].split("=") if read else []
        names = dict.fromkeys(" ".join(food_words(name)) for name in spoken)
        if not read or not all(name and name.count(" ") < LONGEST for name in names):
            raise TopochefError(
                f"{where}: a food has a name of at most {LONGEST} words, and weights as in "
                "`rice: 190 cooked 160`"
            )
        weights = re.findall(r"([a-z]*) (\d+)", read["weights"] or "")
        food = _food(group, next(iter(names)), where)._replace(
            cup_grams=tuple(sorted(((state, float(g)) for state, g in weights), reverse=True))
        )
        yield from ((name, food) for name in names)


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
        _SEASONS[group.get("seasons")],
    )


def _substances(listed: str, where: str) -> frozenset[str]:
    named = frozenset(filter(None, (name.strip() for name in listed.split(","))))
    if unknown := named - SUBSTANCES:
        raise TopochefError(f"{where}: no substance is called {', '.join(sorted(unknown))}")
    return named | {"meat"} if named & _KINDS_OF_MEAT else named
