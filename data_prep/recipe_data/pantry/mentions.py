"""Where a text names foods: the longest name at each place, made of what stands before it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from recipe_data.language.text import words
from recipe_data.pantry.table import FLESH, LONGEST, Food, Level, foods
from recipe_data.pantry.words import singular
from recipe_data.prompts import Diet

_TOKEN = re.compile(r"[^\W\d_]+|[,;:./()&]")
ENDS = frozenset(",;:./()") | {"or", "and", "&"}
"""Behind these, what was said of a food is said of it no more."""
_NUTS_AND_GRAINS = words("nut peanut seed pulse soy cereal coconut sesame lupin")
# What a head holds, it does not hold behind a food of these families: `hazelnut milk`.
_MADE_OF: tuple[tuple[frozenset[str], frozenset[str], frozenset[str]], ...] = (
    (words("milk cream butter yogurt"), _NUTS_AND_GRAINS | {"root"}, frozenset({"dairy"})),
    (words("cheese"), words("nut soy seed coconut"), frozenset({"dairy", "animal rennet"})),
    (
        words("flour"),
        _NUTS_AND_GRAINS | words("root fruit squash cabbage mushroom") | {"fruit vegetable"},
        frozenset({"gluten"}),
    ),
    (words("pasta noodle wrapper"), words("pulse soy cereal root"), frozenset({"gluten", "egg"})),
    (words("egg"), words("seed chocolate sugar"), frozenset({"egg"})),
    (
        words("mince sausage meat poultry") | {"cured meat"},
        words("soy pulse mushroom cabbage") | {"meat substitute"},
        FLESH,
    ),
)
_GIVES_MILK = words("goat sheep ewe cow buffalo duck goose quail hen chicken turkey ostrich camel")
_GIVEN = words("milk cream butter yogurt cheese egg") | {"fresh cheese", "hard cheese"}


class Mention(NamedTuple):
    """A food that a text names."""

    words: str
    """As the text says it, in the singular."""
    food: Food
    start: int
    """Its first word, counted in tokens."""
    end: int
    free: frozenset[str] = frozenset()
    """What the text says that it does not hold; `lactose` where only that is taken out."""

    def level(self, substance: str) -> Level | None:
        """Tell whether it holds a substance, may hold it, or (None) is not known to."""
        spared = substance in self.free or (substance == "dairy" and "lactose" in self.free)
        return None if spared else self.food.level(substance)

    @property
    def diet(self) -> Diet | None:
        """The strictest diet that it surely keeps to."""
        return self.food.without(self.free).diet

    def with_milk_counted(self) -> Mention:
        """Return it as one who eats no dairy sees it: without lactose, milk is milk."""
        return self._replace(free=self.free - {"lactose"})


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
        most = min(starts.get(tokens[position], 0), LONGEST)
        for length in range(min(most, len(tokens) - position), 0, -1):
            name = " ".join(tokens[position : position + length]).replace("&", "and")
            if name in table:
                yield Mention(name, table[name], position, position + length)
                position += length - 1
                break
        position += 1


def joined(named: tuple[Mention, ...], tokens: list[str]) -> Iterator[Mention]:
    """Join `hazelnut milk` to one food, and take the animal out of `goat yogurt`."""
    waiting: Mention | None = None
    for mention in named:
        before, waiting = waiting, mention
        if before is None:
            continue
        between = tokens[before.end : mention.start]
        near = not between or between == ["s"]
        if near and before.words in _GIVES_MILK and mention.food.family in _GIVEN:
            continue
        dropped = _dropped(before.food, mention.food) if not between else frozenset()
        if dropped:
            food = mention.food.without(dropped)
            holds, may_hold = food.holds | before.food.holds, food.may_hold | before.food.may_hold
            made = food._replace(holds=holds, may_hold=may_hold - holds, core_celsius=None)
            said = f"{before.words} {mention.words}"
            waiting = Mention(said, made._replace(name=said), before.start, mention.end)
            continue
        yield before
    if waiting is not None:
        yield waiting


def _dropped(modifier: Food, head: Food) -> frozenset[str]:
    """Return what the head holds no more behind a modifier, if the modifier holds none of it."""
    for heads, modifiers, dropped in _MADE_OF:
        if head.family in heads and modifier.family in modifiers:
            return dropped - modifier.holds
    return frozenset()
