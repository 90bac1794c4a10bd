"""Patterns: kinds of dish whose foods vary, as `{vegetable} Risotto`, and the dishes they make."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from recipe_base.errors import TopochefError
from recipe_data.curated_files import read_folder
from recipe_data.demo.foods import FOOD_SERVES, USUAL, Food, Way, foods, kin
from recipe_data.demo.knowledge import DishTemplate, Item, check_dish, read_item

Chosen = Mapping[str, Food]
"""The food of each slot."""

_MARK = re.compile(r"\{(?P<slot>[a-z_]+)(?: (?P<fact>min|until))?\}")


@dataclass(frozen=True)
class Slot:
    """A place in a pattern, and the foods that fit."""

    foods: tuple[Food, ...]
    ways: tuple[str, ...]
    """How the pattern uses them: each in the first of these ways that it knows."""

    def way(self, food: Food) -> Way:
        """Return how the pattern uses a food that fits."""
        return next(food.ways[way] for way in self.ways if way in food.ways)


@dataclass(frozen=True)
class Pattern:
    """A kind of dish; its lines, titles and steps say `{slot}` where a food is to be filled in."""

    family: str
    titles: tuple[str, ...]
    serves: int
    slots: Mapping[str, Slot]
    lines: tuple[Item | tuple[str, float], ...]
    """Ingredients in their order; a slot with the share of the food's usual amount."""
    extras: tuple[Item, ...]
    steps: tuple[tuple[str, ...], ...]
    vegetarian: Mapping[str, Item] | None

    @property
    def name(self) -> str:
        """The usual title."""
        return self.titles[0]

    def fits(self, slot: str, chosen: Chosen) -> tuple[Food, ...]:
        """Return the foods for a slot that are not of a kin with what the others hold already."""
        taken = {food.kin for food in chosen.values()}
        return tuple(food for food in self.slots[slot].foods if food.kin not in taken)

    def combinations(self, chosen: Chosen | None = None) -> Iterator[dict[str, Food]]:
        """Yield every way to fill the slots that `chosen` leaves open."""
        chosen = dict(chosen or {})
        slot = next((slot for slot in self.slots if slot not in chosen), None)
        if slot is None:
            yield chosen
            return
        for food in self.fits(slot, chosen):
            yield from self.combinations({**chosen, slot: food})

    def fill(self, chosen: Chosen) -> DishTemplate:
        """Make a dish of the pattern: the foods' lines, words and minutes in place of the slots."""
        taken = {food.kin for food in chosen.values()}
        meatless = all(food.meatless for food in chosen.values())
        return DishTemplate(
            family=self.family,
            titles=tuple(_fill_title(title, chosen) for title in self.titles),
            serves=self.serves,
            items=(
                *(line if isinstance(line, Item) else self._item(*line, chosen)
                  for line in self.lines),
                *(extra for extra in self.extras if kin(extra.key) not in taken),
            ),
            steps=tuple(
                tuple(self._fill_wording(wording, chosen) for wording in wordings)
                for wordings in self.steps
            ),
            vegetarian=self.vegetarian if meatless else None,
            pattern=self.name,
            foods=tuple(food.key for food in chosen.values()),
        )  # fmt: skip

    def _item(self, slot: str, share: float, chosen: Chosen) -> Item:
        item = self.slots[slot].way(chosen[slot]).item
        factor = share * self.serves / FOOD_SERVES
        return item if item.quantity is None else replace(item, quantity=item.quantity * factor)

    def _fill_wording(self, wording: str, chosen: Chosen) -> str:
        def fill(mark: re.Match[str]) -> str:
            food = chosen.get(mark["slot"])
            if food is None:
                return mark[0]
            if mark["fact"] == "min":
                return f"{{{self.slots[mark['slot']].way(food).minutes:g} min}}"
            if mark["fact"] == "until":
                return f"until {self._look(food)}"
            return f"{{{food.key}}}"

        return _MARK.sub(fill, wording)

    def _look(self, food: Food) -> str:
        if food.until is None:
            raise TopochefError(f"{self.name}: {food.key} needs `until`, how it looks when done")
        return food.until


def _fill_title(title: str, chosen: Chosen) -> str:
    """Name the foods: `{vegetable}` describes the word behind it, `{vegetables}` stands alone."""

    def fill(mark: re.Match[str]) -> str:
        slot = mark["slot"]
        if slot in chosen:
            return chosen[slot].describes
        for one in (slot.removesuffix("s"), slot.removesuffix("es")):
            if one in chosen:
                return chosen[one].named
        raise TopochefError(f"{title}: {slot} is no slot of the pattern")

    return _MARK.sub(fill, title)


def read_pattern(family: str, entry: Mapping[str, Any]) -> Pattern:
    """Read one pattern and check it by a dish that it makes.

    Raises `TopochefError` naming the pattern if a slot knows no food, or the dish does not hang
    together: see `check_dish`.
    """
    name = entry["titles"][0]
    held = {kin(key) for key in entry["ingredients"] if key not in entry["slots"]}
    swaps = entry.get("vegetarian")
    extras = entry.get("extras", {})
    pattern = Pattern(
        family=family,
        titles=tuple(entry["titles"]),
        serves=entry["serves"],
        slots={slot: _read_slot(name, given, held) for slot, given in entry["slots"].items()},
        lines=tuple(
            (key, float(line)) if key in entry["slots"] else read_item(key, line)
            for key, line in entry["ingredients"].items()
        ),
        extras=tuple(read_item(key, text, optional=True) for key, text in extras.items()),
        steps=tuple(tuple(wordings) for wordings in entry["steps"]),
        vegetarian=None if swaps is None else {k: read_item(k, text) for k, text in swaps.items()},
    )
    first = next(pattern.combinations(), None)
    if first is None or set(entry["slots"]) - {key for key, _ in _shares(pattern)}:
        raise TopochefError(f"{name}: a slot has no line among the ingredients, or no food fits")
    check_dish(pattern.fill(first))
    return pattern


def _shares(pattern: Pattern) -> Iterator[tuple[str, float]]:
    return (line for line in pattern.lines if not isinstance(line, Item))


def _read_slot(name: str, given: Mapping[str, str], held: set[str]) -> Slot:
    """Read a slot: `of` classes or foods, `but` not these, all that know a `way`."""
    ways = tuple(given.get("way", USUAL).split())
    wanted, barred = given["of"].split(), set(given.get("but", "").split())
    known = foods()
    kinds = {food.kind for food in known.values()}
    if strange := {*wanted, *barred} - kinds - known.keys():
        raise TopochefError(
            f"{name}: {', '.join(sorted(strange))} is neither food nor class: add it to foods/"
        )
    fitting = tuple(
        food
        for food in known.values()
        if {food.key, food.kind} & set(wanted)
        and not {food.key, food.kind} & barred
        and food.ways.keys() & set(ways)
        and food.kin not in held
    )
    if unfit := {key for key in wanted if key in known} - {food.key for food in fitting}:
        raise TopochefError(
            f"{name}: {', '.join(sorted(unfit))} knows no {' or '.join(ways)}, "
            "or the dish holds it already: give it the way, or leave it out"
        )
    return Slot(fitting, ways)


@cache
def patterns() -> tuple[Pattern, ...]:
    """Return every pattern of the knowledge base: file by file, in the order of their names."""
    return tuple(
        read_pattern(family, entry)
        for family, entries in read_folder("recipe_data.demo", "patterns")
        for entry in entries
    )
