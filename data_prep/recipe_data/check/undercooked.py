"""Poultry, minced meat, pork, white fish and egg dishes must be hot inside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from recipe_data.check.cores import Core, cooks_in_bath, core_temperatures, short_baths
from recipe_data.check.warning import Warning
from recipe_data.language.text import words
from recipe_data.pantry.identity import foods_in
from recipe_data.pantry.mentions import Mention
from recipe_data.pantry.words import food_words
from recipe_data.schema import Ingredient, Recipe


class Meat(NamedTuple):
    """A kind of food that nobody should eat from below a temperature."""

    name: str
    safe_celsius: float
    """As the warning says it: USDA FSIS, rounded."""
    least_celsius: float
    """From here no warning is given: what sources round or other authorities allow is forgiven."""


POULTRY = Meat("poultry", 74, 73)  # 165 °F is 73.9 °C
MINCE = Meat("minced meat", 71, 69.5)  # 160 °F is 71.1 °C; the British FSA asks for 70 °C
PORK = Meat("pork", 63, 60)  # 145 °F is 62.8 °C, which is reached from 140 °F while it rests

FISH = Meat("fish", 63, 54)  # cooks take it out from 54 °C on; below, it is still glassy
EGGS = Meat("an egg dish", 71, 68)  # as runny as its maker likes it, but not in the middle of a pie

CODES = {
    POULTRY: "unsafe-poultry", MINCE: "unsafe-mince", PORK: "unsafe-pork", FISH: "unsafe-fish",
    EGGS: "unsafe-egg",
}  # fmt: skip
"""The warning that each of them gets."""
_BY_FAMILY = {"poultry": POULTRY, "mince": MINCE, "sausage": MINCE}
_EATEN_PINK = words("salmon trout tuna char ahi albacore yellowfin bluefin steelhead sockeye coho")
_EGG_DISH = re.compile(
    r"\b(?:frittatas?|quiches?|strata|omelet(?:te)?s?|tortilla española"
    r"|breakfast (?:bake|casserole)|eggs? (?:casserole|bake|muffin|bite|cup|loaf)s?)\b",
    re.IGNORECASE,
)
# What is measured inside as well; where it stands beside another, a sentence must name its food.
_MEASURED = frozenset([*_BY_FAMILY, "game poultry", "meat", "fish", "offal"])
_PART_OF_BIRD = re.compile(r"\b(?:birds?|breasts?|thighs?|drumsticks?)\b", re.IGNORECASE)
_READY = re.compile(
    r"\b(?:cooked|precooked|rotisserie|leftover|canned|tinned|smoked|deli|roast|roasted|grilled)\b",
    re.IGNORECASE,
)
_MINCED = re.compile(r"(?:ground|minced)\b", re.IGNORECASE)
_ANY_MEAT = frozenset(["meat", "meatball", "meatloaf", "patty", "burger"])
"""What a step calls any of them."""
_OTHER_CORES = frozenset(["custard", "stuffing", "dough"])
_MANY_EGGS = 3.0
"""From so many on a thermometer may be in a custard; fewer bind or bread."""


def undercooked(recipe: Recipe) -> Iterator[Warning]:
    """Compare the last stated core temperature of each kind of meat with what is safe.

    Beef, lamb, game birds, salmon and tuna are eaten pink, and are not judged. Silent where other
    food may be what is measured, or the meat was cooked before.
    """
    meats = {meat for i in recipe.ingredients for meat in _measured(_raw(i))}
    if _EGG_DISH.search(recipe.title):
        only = None if any(meats) else EGGS
        meats.add(EGGS)
    else:
        only = next(iter(meats)) if len(meats) == 1 and not _has_others(recipe) else None
    if not any(meats):
        return
    last: dict[Meat, tuple[int, float]] = {}
    for number, core in _cores(recipe):
        meat = _meat_of(core.sentence, meats, only)
        if meat is not None:
            last[meat] = number, core.celsius
    for meat, (number, celsius) in last.items():
        if celsius < meat.least_celsius:
            safe = f"{meat.name} is safe from {meat.safe_celsius:g} °C inside"
            yield Warning(CODES[meat], f"{safe}, not from {celsius:g} °C", f"step {number}")


def _cores(recipe: Recipe) -> Iterator[tuple[int, Core]]:
    """Yield the core temperatures with the numbers of their steps."""
    bath = any(cooks_in_bath(step.text) for step in recipe.instructions)
    for number, step in enumerate(recipe.instructions, 1):
        if not bath:
            found = core_temperatures(step.text)
        elif cooks_in_bath(step.text):
            found = short_baths(step.text)
        else:
            continue
        yield from ((number, core) for core in found)


def _raw(ingredient: Ingredient) -> tuple[Mention, ...]:
    prepared = ingredient.preparation or ""
    if _READY.search(f"{ingredient.name} {prepared}"):
        return ()
    minced = _MINCED.match(prepared)
    return foods_in(f"{minced.group()} {ingredient.name}" if minced else ingredient.name)


def _measured(mentions: tuple[Mention, ...]) -> Iterator[Meat | None]:
    """Yield the kind of every food that is measured inside, None for one that is not judged."""
    for mention in mentions:
        if (
            not mention.words.endswith("bone")
            and mention.food.family in _MEASURED
            and mention.food.core_celsius
        ):
            yield _kind(mention)


def _kind(mention: Mention) -> Meat | None:
    food = mention.food
    if food.family == "meat" and "pork" in food.holds and "beef" not in food.holds:
        return PORK
    if food.family == "fish" and _EATEN_PINK.isdisjoint(mention.words.split()):
        return FISH
    return _BY_FAMILY.get(food.family)


def _has_others(recipe: Recipe) -> bool:
    """Tell whether something that is no meat may be what a thermometer is in."""
    for ingredient in recipe.ingredients:
        spoken = food_words(ingredient.name)
        eggs = "egg" in spoken and (ingredient.quantity or 0.0) >= _MANY_EGGS
        if eggs or not _OTHER_CORES.isdisjoint(spoken):
            return True
    return False


def _meat_of(sentence: str, meats: set[Meat | None], only: Meat | None) -> Meat | None:
    """Return which of the recipe's meats a sentence speaks of; None in doubt."""
    said = tuple(mention for mention in foods_in(sentence) if mention.words not in _ANY_MEAT)
    named = meats.intersection(_measured(said))
    if POULTRY in meats and _PART_OF_BIRD.search(sentence):
        named.add(POULTRY)
    if EGGS in meats and _EGG_DISH.search(sentence):
        named.add(EGGS)
    if not named:
        return only
    return next(iter(named)) if len(named) == 1 else None
