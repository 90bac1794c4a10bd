"""Marks around an ingredient line that are no words of it: bullets, emphasis, footnotes, prices."""

from __future__ import annotations

import re

from recipe_data.language.units import unit_pattern

# Emphasis of Markdown, and the boxes of task lists.
_MARKDOWN = re.compile(r"\*\*|__|~~|`|^(?:[-*+]\s+)?\[[ xX]?\]\s+")
_EMPHASIS = re.compile(r"(?<![\w*])([*_])(?=[^\s*_])([^*_]+)(?<=[^\s*_])\1(?![\w*])")
_BULLET = re.compile(
    r"^(?:[-–—*•·▢□+>]+\s+|[-–—>*](?=\d)|[^\w\s!-~≈“‘°–—]+\s*|\(?\d{1,2}\)\s+(?=\S)|#+\s+(?=\d)"
    r"|(?:\d{1,2}[.:]|[a-h]\))\s+(?=\d)|\(optional\)\s*|\(?optional\)?:\s*"
    r"|(?:for|step) [^:\d,]{0,40}\d?:\s*(?=\S))+",
    re.IGNORECASE,
)
_NESTED = re.compile(r"(?<=[a-z\d])\s?\[(\d[^\[\]()]*?)\s*\]", re.IGNORECASE)
_FOOTNOTE = re.compile(r"(?<=[^\s\d])\s?(?:\[\d{1,2}\]|[¹²³⁴⁵⁶⁷⁸⁹†‡§]+)")
_PRICE = re.compile(r"[\s,@–-]*\(?[$£€]\s?\d+(?:[.,]\d+)?(?: each)?\)?\s*$")
_PLURAL = re.compile(r"(?<=[^\W\d])\((e?s)\)", re.IGNORECASE)
_SUM_IN_BRACKET = re.compile(r"\(((?:minus|less|plus|\+) [\d/ ]+ ?[a-z]+\.?)\)", re.IGNORECASE)
_QUOTED_NUMBER = re.compile(r"(?<!\w)(['\"])(\d+)\1(?!\w)")
# `2 nos`, `1 no. onion`: how many, said twice.
_NUMBERS = re.compile(
    r"(?<=\d)\s?nos?\b\.?(?!\s?[\d#-]|\s(?:salt|sugar|boil|bake|cook|knead|fat|added)\b)",
    re.IGNORECASE,
)
_VAGUE = re.compile(
    r"^(?:an? (?:(?:little )?bit|lot|touch|hint|tad|(?:small|good) amount)(?: more)?(?: of)?"
    r"|(?:lots|plenty|loads|tons) of|enough)\s(?=[a-z])",
    re.IGNORECASE,
)
# With measures it is two; `a couple of figs` may be three.
_COUPLE = re.compile(rf"^(?:an? )?couple (?:of )?(?=[a-z]{{2}})(?={unit_pattern()})", re.IGNORECASE)


def unmarked(text: str) -> str:
    """Take off the marks around the words of a clean line.

    >>> [unmarked(t) for t in ("[ ] 2 figs", "_2 cups_ rice", "b) 2 figs", "-2 figs", "2 figs²")]
    ['2 figs', '2 cups rice', '2 figs', '2 figs', '2 figs']
    >>> [unmarked(t) for t in ("2 fig(s), $0.40", "3 nos figs", "couple tbsp oil", "lots of figs")]
    ['2 figs', '3 figs', '2 tbsp oil', 'figs']
    >>> unmarked("1 cup (minus 1 tbsp) rice")
    '1 cup minus 1 tbsp rice'
    """
    if text[:1].isdigit() and ("[" in text or not text.isascii()):
        text = _FOOTNOTE.sub("", text)
    if any(mark in text for mark in "[*_~`"):
        text = _EMPHASIS.sub(r"\2", _MARKDOWN.sub("", text))
        text = _NESTED.sub(r"/\1", " ".join(text.split()))
    text = _BULLET.sub("", text)
    if any(mark in text for mark in "$£€"):
        text = _PRICE.sub("", text)
    if "(" in text:
        text = _SUM_IN_BRACKET.sub(r"\1", _PLURAL.sub(r"\1", text))
    if "'" in text or '"' in text:
        text = _QUOTED_NUMBER.sub(r"\2", text)
    if "no" in text:
        text = _NUMBERS.sub("", text)
    return _COUPLE.sub("2 ", _VAGUE.sub("", text)) if text[:1].isalpha() else text
