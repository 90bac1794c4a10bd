"""Which foods a text means, and what is known of them."""

from __future__ import annotations

from functools import lru_cache

from recipe_data.pantry.mentions import Mention, joined, named_in, token_matches, tokens_of
from recipe_data.pantry.negations import without_denied
from recipe_data.pantry.table import Food, Level
from recipe_data.pantry.words import singular


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
