"""Where a text names foods: the longest name at each place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from recipe_data.language.text import words
from recipe_data.pantry.table import LONGEST, Food, Level, foods
from recipe_data.pantry.words import singular, unaccented
from recipe_data.prompts import Diet

_TOKEN = re.compile(r"[^\W\d_]+|[,;:./()&]")
ENDS = frozenset(",;:./()") | words("or and & with in on plus topped")
"""Behind these, what was said of a food is said of it no more."""
_CEREALS = words(
    "rye barley oat malt beer ale lager stout triticale porter pumpernickel spelt kamut farro emmer"
    " einkorn khorasan bulgur semolina couscous durum"
)
"""Cereals with gluten that are not wheat, or are not thought of as wheat."""
_PARTICLES = words("on over in up out off down side top")


class Mention(NamedTuple):
    """A food that a text names."""

    words: str
    """As the text says it, in the singular."""
    food: Food
    start: int
    """Its first word, counted in tokens."""
    end: int
    free: frozenset[str] = frozenset()
    """What the text says that it does not hold, by the names of `Mention.level` or as it says."""

    def level(self, substance: str) -> Level | None:
        """Tell whether it holds a substance, may hold it, or (None) is not known to.

        `lactose` is in all dairy that is not said to be without; what is without wheat may be of
        rye.
        """
        if substance in self.free or (substance == "lactose" and "dairy" in self.free):
            return None
        level = self.food.level("dairy" if substance == "lactose" else substance)
        if substance == "gluten" and level and "wheat" in self.free:
            return level if not _CEREALS.isdisjoint(self.words.split()) else "may hold"
        return level

    @property
    def diet(self) -> Diet | None:
        """The strictest diet that it surely keeps to."""
        return self.food.without(self.free).diet


def token_matches(text: str) -> Iterator[re.Match[str]]:
    """Find the words of a text and the marks between them."""
    return _TOKEN.finditer(text)


def tokens_of(text: str) -> list[str]:
    """Return the words of a text in the singular, and the marks between them."""
    return [singular(match.group()) for match in token_matches(text.lower())]


@cache
def _starts() -> dict[str, int]:
    """Return how many words the longest name has that begins with a word."""
    longest: dict[str, int] = {}
    for name in foods():
        first, count = name.partition(" ")[0], name.count(" ") + 1
        longest[first] = max(longest.get(first, 0), count)
    return longest


def named_in(tokens: list[str]) -> Iterator[Mention]:
    """Yield the longest name at each place."""
    table, starts = foods(), _starts()
    position = 0
    while position < len(tokens):
        most = min(max(starts.get(tokens[position], 0), 2), LONGEST)
        for length in range(min(most, len(tokens) - position), 0, -1):
            spoken = tokens[position : position + length]
            name = " ".join(spoken).replace("&", "and")
            found = table.get(name) or table.get(unaccented(name))
            if found is None and length == 2 and _makes_one_word(*spoken):  # no egg: `egg plant`
                found = table.get("".join(spoken))
            if found:
                yield Mention(name, found, position, position + length)
                position += length - 1
                break
        position += 1


def _makes_one_word(first: str, second: str) -> bool:
    """Tell whether two words may be halves of one, as in `egg plant`; `do I` is no yoghurt."""
    return min(len(first), len(second)) > 2 and second not in _PARTICLES
