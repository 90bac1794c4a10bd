"""Ingredient lines brought to the form that is read: amount first, words in full."""

from __future__ import annotations

import re

from recipe_data.language.letters import lower
from recipe_data.language.marks import unmarked
from recipe_data.language.names import SIZES
from recipe_data.language.numbers import NUMBER, RANGE_SEPARATOR, WORDS, parse_number
from recipe_data.language.text import words
from recipe_data.language.units import ABBREVIATIONS, CONTAINERS, PIECES, UNIT_CODES

_SHORT_WORDS = frozenset({*ABBREVIATIONS, *UNIT_CODES})
_SHORT = re.compile(
    rf"(?<![\w'/-])(?P<word>{'|'.join(sorted(ABBREVIATIONS, key=len, reverse=True))})(?![\w'-])\.?"
    rf"|(?<=\d\s)(?P<code>{'|'.join(sorted(UNIT_CODES, key=len, reverse=True))})(?![\w'-])\.?",
    re.IGNORECASE,
)
_TWICE = re.compile(
    rf"(?<![\w./])(?P<first>\d{{1,2}}|{WORDS})\s?\((?P<second>\d{{1,2}}(?:\s?\d?/\d)?|{WORDS})\)",
    re.IGNORECASE,
)
_CONTAINER = "|".join(sorted(CONTAINERS, reverse=True))
_NO_AMOUNT_YET = rf"(?!(?:an?|{WORDS})\b)"
# Teaspoons and tablespoons as people misspell them; no other words have these letters.
_MISSPELT = re.compile(
    r"(?<=\d )t(?:(?P<tea>(?=[a-z]{6,10}\b)e?a?s{0,2}p{0,2}o{1,3}p?n{0,2})"
    r"|(?=[a-z]{8,13}\b)a?b?e?l{0,2}e?s?p{0,2}o{1,3}p?n{0,2})s?\b",
    re.IGNORECASE,
)
_TIMES = re.compile(r"[xX×]\s?\d")
_TIMES_BEHIND = re.compile(
    rf"{_NO_AMOUNT_YET}(?P<name>[^\d(]{{2,80}}?)\s?"
    rf"(?P<size>\([^()]*\)|\d[\d.]*\s?(?:k?g|ml|l|oz)\b(?:\s(?:{_CONTAINER})\b)?)?\s?[x×]\s?"
    r"(?P<count>\d/\d|\d{1,2})(?P<how>\s(?:large|medium|small))?(?=\s*(?:$|[,;(]))",
    re.IGNORECASE,
)
_BEHIND = "|".join(sorted(SIZES | PIECES | CONTAINERS | words("whole fresh ripe"), reverse=True))
_COUNTED_BEHIND = re.compile(
    rf"{_NO_AMOUNT_YET}(?P<name>[^\d(]{{2,60}}?)\s?\((?:about )?"
    rf"(?:[x×]\s?)?(?P<count>{NUMBER}(?:{RANGE_SEPARATOR}{NUMBER})?"
    rf"(?:\s?[x×]\s?\d[\d.]*\s?(?:k?g|ml|l|oz)\b)?(?:\s(?:{_BEHIND}))*)"
    r"(?P<more>[,;][^()]*)?\)",
    re.IGNORECASE,
)
# Foods whose names hold a number that is no amount.
_NUMBERED_FOOD = re.compile(
    r"(?<![\w./,])(?=[\dhfstv])(?:"
    r"(?:half|1/2)(?:\s?(?:and|&|/|'?n'?)\s?|-and-)(?:half|1/2)(?!\s?(?:cup|teas|table|ts|tb|an?\b))"
    r"|(?:five|5|seven|7)[ -]spices?|(?:seven|7)[ -]?up"
    rf"|(?:\d{{1,2}}|{WORDS})-(?:grain|cheese|bean|pepper|seed|berry|herb|nut|minute|layer|alarm)"
    rf"|(?:\d{{1,2}}|{WORDS})\s(?:grain|cheese|bean|berry|seed)(?=\s(?:blend|mix|bread|soup|cereal))"
    r"|(?:type|tipo|typo)\s\d{1,4}(?=\sflour)|0{1,4}(?=[ -]\w)|(?:6|10|12)-?x(?=\s(?:\w+\s)?sugar)"
    r"|(?:1000|thousand)[ -]island|v-?8|heinz 57|151(?=\srum)"
    r"|\d\d/\d\d(?=\s(?:lean|ground|beef|mince|chuck))"
    r")(?!\w)",
    re.IGNORECASE,
)
# Searched for first: every such name holds one of these words.
_HINTS = words(
    "half 1/2 spice spices up 7up grain cheese bean pepper seed berry herb nut minute layer alarm"
    " type tipo typo 0 00 000 0000 6x 10x 12x x island v8 v 57 151"
    " 70/30 73/27 75/25 80/20 85/15 90/10 93/7 95/5 96/4"
)
_APART = str.maketrans(".(-,", "    ")
_NUMBER_WORD = re.compile(rf"(?<!\w)(?={WORDS})", re.IGNORECASE)
# Letters that no recipe holds stand for the digits of such names while the amount is read.
_MASK = "ꓐ"
_MASKED = {ord(str(digit)): 0xA4D1 + digit for digit in range(10)}
_UNMASKED: dict[int, int | None] = {ord(_MASK): None, **{v: k for k, v in _MASKED.items()}}


def in_order(text: str) -> str:
    """Bring a clean line, its fractions in digits, to the form that `leading_quantity` reads.

    Bullets, list numbers and check boxes go, abbreviations are written in full, and an amount
    behind the name moves to the front. Numbers in names of foods are masked; see `unmasked`.

    >>> in_order("[ ] 2 lg. eggs"), in_order("Two (2) cups rice"), in_order("3) 1 ctn. cream")
    ('2 large eggs', '2 cups rice', '1 carton cream')
    >>> in_order("figs x 3, halved"), in_order("Leeks (2 small)"), in_order("Stock cube (10 g) x2")
    ('3 figs, halved', '2 small Leeks', '2 (10 g) Stock cube')
    """
    text = unmarked(text)
    said = text.lower().translate(_APART).split()
    if not _SHORT_WORDS.isdisjoint(said):
        text = _SHORT.sub(_in_full, text)
    if "oo" in text or "on" in text:
        text = _MISSPELT.sub(lambda m: "teaspoon" if m["tea"] else "tablespoon", text)
    if not _HINTS.isdisjoint(said):
        text = _NUMBERED_FOOD.sub(_masked, text)
    if "(" in text:
        text = _TWICE.sub(_once, text)
    if text[:1].isalpha():
        if _TIMES.search(text) and (times := _TIMES_BEHIND.match(text)):
            size = f"{times['size']} " if times["size"] else ""
            how = times["how"] or ""
            return f"{times['count']}{how} {size}{times['name']}{text[times.end() :]}"
        if "(" in text and (counted := _COUNTED_BEHIND.match(text)):
            more = counted["more"] or ""
            return f"{counted['count']} {counted['name']}{more}{text[counted.end() :]}"
    return text


def unmasked(text: str) -> str:
    """Give a name the numbers back that `in_order` has masked.

    >>> in_order("7-Up").isascii(), unmasked(in_order("7-Up")), unmasked(in_order("half and half"))
    (False, '7-Up', 'half and half')
    """
    return text if text.isascii() else text.translate(_UNMASKED)


def _masked(match: re.Match[str]) -> str:
    return _NUMBER_WORD.sub(_MASK, match.group().translate(_MASKED))


def _in_full(match: re.Match[str]) -> str:
    word = match["word"]
    return ABBREVIATIONS[lower(word)] if word else UNIT_CODES[lower(match["code"])]


def _once(match: re.Match[str]) -> str:
    first, second = parse_number(match["first"]), parse_number(match["second"])
    return (
        match["second" if match["first"][0].isalpha() else "first"]
        if first == second
        else match.group()
    )
