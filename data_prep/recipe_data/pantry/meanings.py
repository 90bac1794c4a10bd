"""Which words name foods, and whether a text names one: by itself, its family, or nearly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Set as AbstractSet
from difflib import SequenceMatcher
from functools import cache

from recipe_data.curated_files import read_packaged
from recipe_data.language.text import words
from recipe_data.pantry.identity import canonical
from recipe_data.pantry.table import foods
from recipe_data.pantry.words import food_words

FILE = "meanings.yaml"
_ALIKE_RATIO = 0.82
_NO_FAMILIES = ("tool", "meat substitute", "namesake")
"""Families of names that only sound like food: `turkish`."""

NO_FOOD = words(
    "fresh dried frozen large small medium whole ground black white red green yellow sweet hot cold"
    " extra virgin free range low fat unsalted salted all purpose plain good quality chopped can"
    " cup and or of the a with in light dark brown raw ripe boneless skinless lean thick thin hard"
    " sharp mild instant quick active dry baby mixed assorted favorite your style package mix"
    " reduced sodium nonfat part skim heavy kosher sea fine coarse freshly cooked uncooked canned"
    " pure granulated long short grain wide crushed sliced diced minced grated shredded toasted"
    " roasted smoked seedless pitted unsweetened sweetened condensed evaporated boiling cool warm"
    " spring old new natural organic italian french greek mexican chinese thai asian american"
)
"""Words of an ingredient that name no food by themselves."""


@cache
def members() -> dict[str, frozenset[str]]:
    """Return what words of a step may mean: `pasta` → spaghetti, penne …"""
    gathered: dict[str, set[str]] = defaultdict(set)
    for names, meant in read_packaged("recipe_data.pantry", FILE).items():
        for name in food_words(names):
            for word in meant.split():
                gathered[name] |= _family(word[1:]) if word[0] == "*" else set(food_words(word))
    return {name: frozenset(words) for name, words in gathered.items()}


def _family(family: str) -> set[str]:
    """Return the foods of one word of a family and its kinds."""
    return {name for name, food in foods().items() if food.is_of(family) and " " not in name}


@cache
def known() -> frozenset[str]:
    """Return every word that is known to name a food."""
    named = {name for name, food in foods().items() if food.family not in _NO_FAMILIES}
    return frozenset().union(*members().values(), members(), named)


def said_words(text: str) -> frozenset[str]:
    """Return the words of a text, and those of the other names of its foods.

    >>> sorted(said_words("sliced courgettes"))
    ['courgette', 'sliced', 'zucchini']
    """
    return frozenset(food_words(text)).union(food_words(canonical(text)))


def naming_words(text: str) -> frozenset[str]:
    """Return the words of a name that may say which food it is.

    >>> sorted(naming_words("2 large eggs or chopped fresh parsley"))
    ['egg', 'parsley']
    """
    return said_words(text) - NO_FOOD


def is_said(named: frozenset[str], said: AbstractSet[str]) -> bool:
    """Tell whether one of these foods is among the words, by its name, its family or nearly."""
    if named & said:
        return True
    if any(named & members()[word] for word in said if word in members()):
        return True
    return any(_alike(word, other) for word in named for other in said)


def _alike(word: str, other: str) -> bool:
    """Tell whether two words are spellings or parts of one another: `breadcrumbs` and `bread`.

    >>> _alike("breadcrumb", "bread"), _alike("kirschwasser", "kirshwasser"), _alike("pea", "pear")
    (True, True, False)
    """
    if min(len(word), len(other)) < 4:
        return False
    if word in other or other in word or (len(word) >= 5 and word[:5] == other[:5]):
        return True
    if word[0] != other[0] or abs(len(word) - len(other)) > 2:
        return False
    return SequenceMatcher(None, word, other, autojunk=False).ratio() >= _ALIKE_RATIO
