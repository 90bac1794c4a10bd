"""Where a text names foods: the longest name at each place, made of what stands before it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from recipe_data.language.text import words
from recipe_data.pantry.table import FLESH, LONGEST, Food, Level, foods
from recipe_data.pantry.words import singular, unaccented
from recipe_data.prompts import Diet

_TOKEN = re.compile(r"[^\W\d_]+|[,;:./()&]")
ENDS = frozenset(",;:./()") | words("or and & with in on plus topped")
"""Behind these, what was said of a food is said of it no more."""
_NUTS_AND_GRAINS = words("nut peanut seed pulse soy cereal wheat coconut sesame lupin")
_STARCHES = words("pulse soy cereal root nut seed coconut squash palm")
_MEATLESS = words(
    "soy pulse mushroom cabbage squash seed palm vegetable veggie eggplant aubergine carrot"
    " celeriac beet beetroot jackfruit banana watermelon coconut zucchini courgette seitan quinoa"
    " konjac"
) | {"meat substitute", "wheat protein", "sweet potato", "banana blossom"}
_PLAIN_MEATS = words("mince sausage meat poultry offal gelatin") | {"cured meat", "animal fat"}
# What a head holds, it does not hold behind a food of these families or names: `hazelnut milk`.
_MADE_OF: tuple[tuple[frozenset[str], frozenset[str], frozenset[str]], ...] = (
    (words("milk cream butter yogurt"), _NUTS_AND_GRAINS | words("root cacao"), words("dairy")),
    (
        words("cheese") | {"fresh cheese", "hard cheese"},
        words("nut soy seed coconut pulse"),
        frozenset({"dairy", "animal rennet"}),
    ),
    (
        words("flour"),
        _NUTS_AND_GRAINS - {"wheat"}
        | words("root fruit squash cabbage mushroom coffee cacao arepa grape rice")
        | {"fruit vegetable", "dried fruit", "gluten-free flour"},
        words("gluten"),
    ),
    (words("pasta noodle wrapper"), _STARCHES | {"gluten-free flour"}, words("gluten egg")),
    (
        words("wrap tortilla"),
        _STARCHES | {"leaf", "cabbage", "nori", "gluten-free flour"},
        words("gluten"),
    ),
    (words("egg"), words("seed chocolate sugar soy pulse"), words("egg")),
    (_PLAIN_MEATS, _MEATLESS, FLESH),
    (words("fish crustacean mollusc"), words("soy carrot konjac palm seaweed jackfruit"), FLESH),
    # Of which animal, the word before says: turkey bacon is no pork, beef sausage neither.
    (_PLAIN_MEATS, words("meat poultry offal") | {"game poultry"}, words("pork beef")),
    (words("stock") | {"meat stock"}, words("vegetable mushroom"), FLESH),
)
_GIVES_MILK = words("goat sheep ewe cow buffalo duck goose quail hen chicken turkey ostrich camel")
_GIVEN = words("milk cream butter yogurt cheese egg") | {"fresh cheese", "hard cheese"}
_CEREALS = words(
    "rye barley oat malt beer ale lager stout triticale porter pumpernickel spelt kamut farro emmer"
    " einkorn khorasan bulgur semolina couscous durum"
)
"""Cereals with gluten that are not wheat, or are not thought of as wheat."""
_PARTICLES = words("on over in up out off down side top")
_TASTES = words("flavor flavour flavored flavoured flavoring flavouring")
_USUAL = words("regular normal ordinary plain standard cow dairy whole usual traditional real")


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


def joined(named: tuple[Mention, ...], tokens: list[str]) -> Iterator[Mention]:
    """Join `hazelnut milk` to one food, and take the animal out of `goat yogurt`."""
    waiting: Mention | None = None
    for mention in named:
        before, waiting = waiting, _as_taste(mention, tokens)
        if before is None:
            continue
        between = tokens[before.end : mention.start]
        near = not between or between == ["s"]
        if near and before.words in _GIVES_MILK and mention.food.family in _GIVEN:
            continue
        if near and before.words == "rasher" and "meat" in mention.food.holds:
            continue
        dropped = _dropped(before.food, mention.food) if not between else frozenset()
        if dropped:
            food = mention.food.without(dropped)
            holds, may_hold = food.holds | before.food.holds, food.may_hold | before.food.may_hold
            made = food._replace(
                holds=holds,
                may_hold=may_hold - holds,
                core_celsius=food.core_celsius if "meat" in holds else None,
            )
            said = f"{before.words} {mention.words}"
            waiting = Mention(said, made._replace(name=said), before.start, mention.end)
            continue
        yield from _with_usual(before, tokens)
    if waiting is not None:
        yield from _with_usual(waiting, tokens)


def _as_taste(mention: Mention, tokens: list[str]) -> Mention:
    """Return what may be only the taste of a food as what may hold it: `butter flavoring`."""
    if tokens[mention.end : mention.end + 1] and tokens[mention.end] in _TASTES:
        food = mention.food
        may_hold = food.may_hold | food.holds
        return mention._replace(food=food._replace(holds=frozenset(), may_hold=may_hold))
    return mention


def _with_usual(mention: Mention, tokens: list[str]) -> Iterator[Mention]:
    """Yield a food, and before it the milk of `whole or soya milk`."""
    start = mention.start
    if start >= 2 and tokens[start - 1] in ("or", "/") and tokens[start - 2] in _USUAL:
        head = mention.words.split()[-1]
        if head in foods() and " " in mention.words:
            yield Mention(head, foods()[head], start - 2, start - 1)
    yield mention


def _dropped(modifier: Food, head: Food) -> frozenset[str]:
    """Return what the head holds no more behind a modifier, if the modifier holds none of it."""
    said = {modifier.family, modifier.name}
    dropped = frozenset[str]().union(
        *(
            substances
            for heads, modifiers, substances in _MADE_OF
            if not heads.isdisjoint({head.family, head.name}) and not modifiers.isdisjoint(said)
        )
    )
    return (dropped - modifier.holds) & (head.holds | head.may_hold)
