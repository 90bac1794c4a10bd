"""Which foods a text means, and what is known of them."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

from recipe_data.pantry.compounds import joined
from recipe_data.pantry.mentions import Mention, named_in, token_matches, tokens_of
from recipe_data.pantry.negations import without_denied
from recipe_data.pantry.table import FLESH, Food, Level
from recipe_data.pantry.words import food_words, singular


def identity(name: str) -> Food | None:
    """Return the food that a name means: the one that it ends in; None if it ends in none.

    >>> [food.name for n in ("fresh courgettes", "Cheddar cheese") if (food := identity(n))]
    ['zucchini', 'cheddar']
    >>> identity("cinnamon"), identity("cinnamon crystals")  # doctest: +ELLIPSIS
    (Food(name='cinnamon', ...), None)
    >>> identity("buckwheat").level("gluten"), identity("coconut milk").level("dairy")
    (None, None)
    """
    named = meant(name)
    return named[0].food if named else None


def meant(name: str) -> tuple[Mention, ...]:
    """Return the food that a name means, behind it what that is a kind of if the name says so.

    >>> [mention.words for mention in meant("a slice of mozzarella cheese")]
    ['mozzarella', 'cheese']
    """
    found = foods_in(name)
    if not found or found[-1].end < len(tokens_of(name)):
        return ()
    return found[-2:] if any(_is_kind(*pair) for pair in pairwise(found[-2:])) else found[-1:]


def _is_kind(one: Mention, other: Mention) -> bool:
    """Tell whether the word behind a food only says what it is: `cheddar cheese`."""
    follows, general = one.end == other.start, other.food.name == other.food.family
    return follows and general and one.food.is_of(other.food.family)


def same_food(one: str, other: str) -> bool:
    """Tell whether two names mean the same food; what else they name must be the same too.

    >>> same_food("courgettes", "fresh zucchini"), same_food("Parmesan cheese", "parmesan")
    (True, True)
    >>> same_food("apricot jam", "strawberry jam"), same_food("mystery mix", "Mystery mixes")
    (False, True)
    """
    return food_key(one) == food_key(other)


@lru_cache(maxsize=1 << 14)
def food_key(name: str) -> str:
    """Return the foods that a name lists, in the pantry's words: equal where the food is the same.

    The words of a name that does not end in a food; empty where it has none.

    >>> food_key("2 fresh courgettes"), food_key("gluten-free flour"), food_key("mystery mixes")
    ('zucchini', 'flour without gluten', 'mystery mix')
    """
    if not meant(name):
        return " ".join(food_words(canonical(name)))
    found = foods_in(name)
    said = {pair[1] for pair in pairwise(found) if _is_kind(*pair)}
    return " + ".join(
        " ".join((mention.food.name, *(f"without {one}" for one in sorted(mention.free))))
        for mention in found
        if mention not in said
    )


def canonical(text: str) -> str:
    """Write a text with one name for each food; longer names of it stay, and all other words.

    >>> canonical("2 sliced courgettes"), canonical("prawns in soured cream")
    ('2 sliced zucchini', 'shrimp in sour cream')
    >>> canonical("Arborio rice"), canonical("rice, Arborio")
    ('Arborio rice', 'rice, Arborio')
    """
    found = list(token_matches(text))
    pieces: list[str] = []
    position = 0
    for mention in named_in([singular(match.group().lower()) for match in found]):
        if not set(mention.food.name.split()) <= set(mention.words.split()):
            start, end = found[mention.start].start(), found[mention.end - 1].end()
            pieces += [text[position:start], mention.food.name]
            position = end
    return "".join([*pieces, text[position:]])


@lru_cache(maxsize=1 << 14)
def foods_in(text: str) -> tuple[Mention, ...]:
    """Return the foods that a text names, in order, as what they are made of and without.

    >>> [(m.words, m.level("dairy")) for m in foods_in("Whisk milk, soya milk and peanut butter")]
    [('milk', 'holds'), ('soya milk', None), ('peanut butter', None)]
    >>> [m.level("gluten") for m in foods_in("gluten-free flour or spelt")]
    [None, 'holds']
    """
    tokens = tokens_of(text)
    return without_denied(tuple(joined(tuple(named_in(tokens)), tokens)), tokens)


def carrier(name: str, substance: str) -> Level | None:
    """Tell whether a food holds a substance, may hold it, or (None) is not known to.

    `substance` is one of `recipe_data.pantry.table.SUBSTANCES`, or `lactose`.

    >>> carrier("plain flour", "gluten"), carrier("soy sauce", "gluten"), carrier("salt", "gluten")
    ('holds', 'may hold', None)
    >>> carrier("rice flour", "gluten"), carrier("gluten-free spaghetti", "gluten")
    (None, None)
    """
    levels = {mention.level(substance) for mention in foods_in(name)}
    return "holds" if "holds" in levels else "may hold" if "may hold" in levels else None


def is_meatless(name: str) -> bool:
    """Tell whether no food of a name is, or may be made with, meat, fish or animal rennet.

    >>> is_meatless("cheddar"), is_meatless("Parmesan"), is_meatless("Worcestershire sauce")
    (True, False, False)
    """
    return all(mention.level(flesh) is None for mention in foods_in(name) for flesh in FLESH)


def core_celsius(text: str) -> float | None:
    """Return the °C inside that make safe whatever a text names; None if it names no such food.

    >>> core_celsius("pork and duck legs"), core_celsius("minced beef"), core_celsius("rice")
    (74, 71, None)
    """
    return max((m.food.core_celsius for m in foods_in(text) if m.food.core_celsius), default=None)
