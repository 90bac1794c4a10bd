"""When two ingredient names mean the same, and when a step names one: the strict rules."""

from __future__ import annotations

from collections.abc import Set
from functools import cache, lru_cache

from recipe_data.language.stems import stems
from recipe_data.pantry.identity import canonical
from recipe_data.repeats import DESCRIPTIONS, EMPTY_WORDS

NAME_RULE = "names:last2-porter"


@cache
def _ignored() -> frozenset[str]:
    return frozenset(stems(" ".join(EMPTY_WORDS | DESCRIPTIONS)))


@lru_cache(maxsize=1 << 16)
def core(name: str) -> frozenset[str]:
    """Return the last two content words of a name: accents dropped, stemmed, in no order.

    A food of several names has that of the pantry (`recipe_data.pantry`): a courgette is a
    zucchini. Content words are those that are left without words such as `of`, `fresh` or `clove`
    (unless nothing else is there). Two names mean the same ingredient if their cores are equal
    and not empty.

    >>> core("extra virgin olive oil") == core("olive oils")
    True
    >>> core("jalapeño peppers") == core("fresh jalapeno pepper")
    True
    >>> core("basil leaves") == core("basil"), core("cloves") == core("garlic")
    (True, False)
    >>> core("courgettes") == core("zucchini"), core("prawns") == core("shrimp")
    (True, True)
    >>> core("butter") == core("peanut butter"), core("chicken") == core("chicken stock")
    (False, False)
    """
    words = [word for word in stems(canonical(name)) if not word.isdigit()]
    content = [word for word in words if word not in _ignored()]
    fallback = words or name.casefold().split()  # a name in another script
    return frozenset((content or fallback)[-2:])


def same_name(one: str, other: str) -> bool:
    """Tell whether two names mean the same ingredient, by words: published values rest on it.

    What is not published asks `recipe_data.pantry.identity.same_food`.

    >>> same_name("Parmesan cheese, grated", "grated parmesan cheese"), same_name("", "")
    (True, False)
    """
    return bool(core(one)) and core(one) == core(other)


def said(text: str) -> frozenset[str]:
    """Return the stems of a step, and of the pantry's names of its foods.

    >>> names_ingredient(said("Fry the zucchini."), "2 courgettes")
    True
    """
    return frozenset(stems(text)).union(stems(canonical(text)))


def names_ingredient(step_stems: Set[str], name: str) -> bool:
    """Tell whether a step, given as the set of its stems, has a word of an ingredient's core.

    >>> names_ingredient({"stir", "in", "the", "oil"}, "olive oil")
    True
    """
    return not core(name).isdisjoint(step_stems)
