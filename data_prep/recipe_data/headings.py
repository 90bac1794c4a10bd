"""Headings of an ingredient list: lines that name a part of the dish, and no food."""

from __future__ import annotations

import re

from recipe_data.language.text import clean_text, words
from recipe_data.pantry.identity import foods_in

_MAX_CHARS = 200
# What a dish is made of and what it stands in: parts, no foods.
_PARTS = words(
    "accompaniment accompaniments assembly base batter brine cake casserole coating cookies crumble"
    " crust cupcakes decoration dip dish dough dressing dumplings filling frosting garnish"
    " garnishes glaze gravy icing ingredients layer layers marinade meatballs mixture mold mould"
    " optional pan pastry patties pie rub salad salsa sauce seasoning serving shell sponge stew"
    " stock streusel stuffing syrup tin topping toppings tray vinaigrette"
)
# Alone on a line, these are headings; `Stock`, `Salsa` and `Pastry` may be bought.
_PARTS_ALONE = words(
    "accompaniments assembly batter coating crumble crust decoration dough dressing filling"
    " frosting garnish garnishes glaze icing ingredients marinade optional patties rub sauce"
    " streusel stuffing topping toppings vinaigrette"
)
_WHICH_PART = _PARTS | words(
    "bottom burger cheesecake cookie cream crumb first main other second suggested taco top your"
)
_MAKING = re.compile(
    r"(?:for|to make|make) (?:the |a |your )?(?P<what>[^,\d]{2,40}?):?", re.IGNORECASE
)
_NO_HEADING = re.compile(r"for (?:\w+ing|garnish|decoration)\b", re.IGNORECASE)
_PURPOSE = re.compile(
    rf"for (?:the |a )?(?:{'|'.join(sorted(_PARTS))})\s(?!(?:and|or|&|of|to|for|with|in|on)\b)"
    r"(?P<food>[^:]+)",
    re.IGNORECASE,
)


def without_purpose(line: str) -> str:
    """Take off what a food is for, where it stands in front.

    >>> without_purpose("For the topping grated cheese"), without_purpose("For the sauce")
    ('grated cheese', 'For the sauce')
    """
    purpose = _PURPOSE.fullmatch(line) if line[:3].lower() == "for" else None
    if purpose is None or not _is_food(purpose["food"]):
        return line
    return purpose["food"]


def _is_food(text: str) -> bool:
    """Tell whether a text names a food, more than a part of the dish."""
    said = text.lower().split()
    return said[-1] not in _PARTS and bool(foods_in(text))


def is_section_header(line: str) -> bool:
    """Tell a heading of an ingredient list from an ingredient.

    >>> [is_section_header(t) for t in ("Batter:", "For the sauce", "Sauce: 2 c. milk", "salt")]
    [True, True, False, False]
    >>> [is_section_header(t) for t in ("Crumb Topping", "Whipped topping", "For the pan oil")]
    [True, False, False]
    """
    text = clean_text(line[:_MAX_CHARS])
    if any(character.isdigit() for character in text):
        return False
    if text.endswith(":"):
        return True
    if making := _MAKING.fullmatch(text):
        part = making["what"].lower() in _PARTS_ALONE
        return part or (not _NO_HEADING.match(text) and without_purpose(text) == text)
    said = text.lower().split()
    known = bool(said) and said[-1] in _PARTS_ALONE and _WHICH_PART.issuperset(said[:-1])
    return known and (len(said) == 1 or len(foods_in(text)) != 1)


def in_capitals(lines: list[str]) -> frozenset[str]:
    """Return the lines that are headings for their capitals alone.

    Capitals say so where they are the exception and no food, or where another such line of the
    list is no food.

    >>> sorted(in_capitals(["SAUCE", "1 can tomatoes", "PASTA", "200 g penne", "1 egg", "2 figs"]))
    ['PASTA', 'SAUCE']
    >>> in_capitals(["200 g penne", "SALT", "1 can tomatoes"])
    frozenset()
    """
    capitals = [line for line in lines if line.isupper()]
    if not capitals or len(capitals) * 2 >= len(lines):
        return frozenset()
    named = frozenset(line for line in capitals if line.replace(" ", "").isalpha())
    return frozenset() if all(map(_is_food, named)) else named
