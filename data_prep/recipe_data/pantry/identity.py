"""Which foods a text means: the longest name at each place, made of what stands before it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from recipe_data.language.text import words
from recipe_data.pantry.table import FLESH, LONGEST, OF_ANIMALS, Food, Level, foods
from recipe_data.pantry.words import singular
from recipe_data.prompts import Diet

_TOKEN = re.compile(r"[^\W\d_]+|[,;:./()]")
_ENDS = frozenset(",;:./()") | {"or", "and"}
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
_VEGETARIAN = words("vegetarian veggie meatless")
_VEGAN = words("vegan nondairy imitation mock faux")
_PLANT = (("plant", "based"), ("non", "dairy"))
_OTHER_WORDS = {
    "milk": "dairy", "nut": "tree nuts", "wheat": "gluten", "soya": "soy", "flesh": "meat",
    "seafood": "shellfish", "lactose": "lactose", "grain": "gluten", "flour": "gluten",
}  # fmt: skip
_STAND_INS = words("substitute replacement alternative replacer")


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

    def whole_milk(self) -> Mention:
        """Return it as one who eats no dairy sees it: without lactose, milk is milk."""
        return self._replace(free=self.free - {"lactose"})


def identity(name: str) -> Food | None:
    """Return the food that a name means: the last one that it names, None if it names none.

    >>> [food.name for n in ("fresh courgettes", "oyster mushrooms") if (food := identity(n))]
    ['zucchini', 'oyster mushroom']
    >>> identity("buckwheat").level("gluten"), identity("coconut milk").level("dairy")
    (None, None)
    """
    found = foods_in(name)
    if not found:
        return None
    last = found[-1]
    for before in found[-2:-1]:  # `cheddar cheese` is a cheddar
        if before.end == last.start and before.food.family == last.food.family:
            return before.food
    return last.food


def canonical(text: str) -> str:
    """Write a text with one name for each food, in the singular; longer names of it stay.

    >>> canonical("2 sliced courgettes"), canonical("prawns in soured cream")
    ('sliced zucchini', 'shrimp in sour cream')
    >>> canonical("Arborio rice"), canonical("rice, Arborio")
    ('arborio rice', 'rice arborio')
    """
    tokens = _tokens(text)
    written: list[str] = []
    position = 0
    for mention in _named(tokens):
        longer = set(mention.food.name.split()) <= set(mention.words.split())
        name = mention.words if longer else mention.food.name
        written += [*tokens[position : mention.start], name]
        position = mention.end
    return " ".join(w for w in [*written, *tokens[position:]] if w not in _ENDS or w.isalpha())


@lru_cache(maxsize=1 << 14)
def foods_in(text: str) -> tuple[Mention, ...]:
    """Return the foods that a text names, in order, as what they are made of and without.

    >>> [(m.words, m.level("dairy")) for m in foods_in("Whisk milk, soya milk and peanut butter")]
    [('milk', 'holds'), ('soya milk', None), ('peanut butter', None)]
    >>> [m.level("gluten") for m in foods_in("gluten-free flour or spelt")]
    [None, 'holds']
    """
    tokens = _tokens(text)
    named = tuple(_made_of(tuple(_named(tokens)), tokens))
    told = list(_negations(tokens, named))
    if not told:
        return named
    kept = [m for m in named if not any(s <= m.start and m.end <= e for s, e, _ in told)]
    return tuple(_freed(mention, kept, tokens, told) for mention in kept)


def carrier(name: str, substance: str) -> Level | None:
    """Tell whether a food holds a substance, may hold it, or (None) is not known to.

    >>> carrier("plain flour", "gluten"), carrier("soy sauce", "gluten"), carrier("salt", "gluten")
    ('holds', 'may hold', None)
    >>> carrier("rice flour", "gluten"), carrier("gluten-free spaghetti", "gluten")
    (None, None)
    """
    levels = {mention.level(substance) for mention in foods_in(name)}
    return "holds" if "holds" in levels else "may hold" if "may hold" in levels else None


def core_celsius(text: str) -> float | None:
    """Return the °C inside that make safe whatever a text names; None if it names no such food.

    >>> core_celsius("pork and duck legs"), core_celsius("minced beef"), core_celsius("rice")
    (74, 71, None)
    """
    return max((m.food.core_celsius for m in foods_in(text) if m.food.core_celsius), default=None)


def _tokens(text: str) -> list[str]:
    return [singular(token) for token in _TOKEN.findall(text.lower().replace("&", " and "))]


@cache
def _starts() -> dict[str, int]:
    """Return how many words the longest name has that begins with a word."""
    longest: dict[str, int] = {}
    for name in foods():
        first, count = name.partition(" ")[0], name.count(" ") + 1
        longest[first] = max(longest.get(first, 0), count)
    return longest


def _named(tokens: list[str]) -> Iterator[Mention]:
    """Yield the longest name at each place."""
    table, starts = foods(), _starts()
    position = 0
    while position < len(tokens):
        most = min(starts.get(tokens[position], 0), LONGEST)
        for length in range(min(most, len(tokens) - position), 0, -1):
            name = " ".join(tokens[position : position + length])
            if name in table:
                yield Mention(name, table[name], position, position + length)
                position += length - 1
                break
        position += 1


def _made_of(named: tuple[Mention, ...], tokens: list[str]) -> Iterator[Mention]:
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


def _negations(
    tokens: list[str], named: tuple[Mention, ...]
) -> Iterator[tuple[int, int, frozenset[str]]]:
    """Yield first and last token of what takes substances out: `dairy-free`, `vegan`, `eggless`."""
    inside = {i for mention in named for i in range(mention.start, mention.end)}
    for i, token in enumerate(tokens):
        after = tokens[i + 1] if i + 1 < len(tokens) else ""
        if after == "free" and token.isalpha():
            yield i, i + 2, _substances(token, tokens[i - 1] if i else "")
        elif token.endswith("less") and (free := _substances(token.removesuffix("less"), "")):
            yield i, i + 1, free
        elif i in inside:
            continue
        elif token in _VEGETARIAN:
            yield i, i + 1, FLESH
        elif token in _VEGAN or (token, after) in _PLANT or token in _STAND_INS:
            yield i, i + 1, OF_ANIMALS


def _substances(word: str, before: str) -> frozenset[str]:
    if word == "nut" and before != "tree":
        return frozenset({"tree nuts", "peanut"})
    known = _OTHER_WORDS.get(word, word)
    return frozenset({known, "fish"} if word == "seafood" else {known})


def _freed(
    mention: Mention,
    named: list[Mention],
    tokens: list[str],
    told: list[tuple[int, int, frozenset[str]]],
) -> Mention:
    """Return a food without what is said of it: what stands before it, or behind the last one."""
    free = mention.free
    for start, end, substances in told:
        ahead = end <= mention.start and _ENDS.isdisjoint(tokens[end : mention.start])
        inside = mention.start <= start < mention.end
        behind = mention.end <= start and "or" not in tokens[mention.end : start]
        behind = behind and not any(_follows(other, end, tokens) for other in named)
        if ahead or inside or behind:
            free |= substances
    return mention._replace(free=free)


def _follows(mention: Mention, end: int, tokens: list[str]) -> bool:
    return mention.start >= end and _ENDS.isdisjoint(tokens[end : mention.start])
