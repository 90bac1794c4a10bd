"""For how many: what a question asks a list to be changed to."""

from __future__ import annotations

import re
from typing import NamedTuple

from recipe_data.language.numbers import NUMBER_WORDS
from recipe_kitchen.cooking.order import MAX_SERVINGS

_WHOLE = {word: int(number) for word, number in NUMBER_WORDS.items() if number >= 1} | {
    "a dozen": 12
}
NUMBER = rf"(?:\d{{1,3}}(?![\d.,]\d)|{'|'.join(sorted(_WHOLE, key=len, reverse=True))})"
"""How many: in digits or words."""
_N = rf"(?P<n>{NUMBER})"
_EATERS = (
    r"(?:people|persons?|servings?|portions?|guests?|of us|eaters?|plates?|adults?|friends|heads?)"
)
_BEHIND = (
    rf"(?!\s*(?:min|h\b|hours?|days?|°|degrees|g\b|ml\b|k?g\b|l\b|%|times|x\b))(?:\s+{_EATERS})?"
)
_TARGETS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:to|into|need|make|want)\s+(?:it |this |that |them )?(?:for )?{_N}\b{_BEHIND}",
        rf"\b(?:we are|we're|we will be|we'll be|there are|there will be)\s+{_N}\b",
        rf"\bfor\s+(?:about |only |just )?{_N}\b{_BEHIND}",
        rf"\b(?:serves?|feeds?|feed|serving|servings:?)\s+{_N}\b",
        rf"\b{_N}\s+{_EATERS}\b",
        rf"^\W*{_N}\W*$",
    )
)
_MORE = re.compile(rf"\b{_N}\s+more\b(?:\s+{_EATERS})?", re.IGNORECASE)
_ALONE = re.compile(
    r"\b(?:just|only|for) (?:me|myself)\b|\bfor one\b|\bper (?:person|head|portion|serving)\b",
    re.IGNORECASE,
)
_FACTORS = (
    (re.compile(r"\bone and a half\b|\bhalf as much again\b|\b1[.,]5 ?(?:x|times)\b", re.I), 1.5),
    (re.compile(r"\bdoubl(?:e|ed|ing)\b|\btwice\b|\btwo batches\b", re.IGNORECASE), 2.0),
    (re.compile(r"\btripl(?:e|ed|ing)\b|\bthree batches\b", re.IGNORECASE), 3.0),
    (re.compile(r"\bhal(?:f|ve|ved|ving)\b", re.IGNORECASE), 0.5),
    (re.compile(r"\b(?:a|one) third\b", re.IGNORECASE), 1 / 3),
    (re.compile(r"\b(?:a|one) quarter\b", re.IGNORECASE), 0.25),
)
_TIMES = re.compile(
    rf"(?<![\d.,])(?P<n>\d+[.,]\d+|\b{NUMBER})\s*(?:times|x|batches)\b", re.IGNORECASE
)


class Change(NamedTuple):
    """From one list to another."""

    factor: float
    servings: int | None
    """For how many the new one is, where that is known."""


def change(text: str, servings: int | None) -> Change | None:
    """Return what a question wants of a list for so many; None if it does not say.

    A factor is 0 where people are named and the list does not say for how many it is.

    >>> change("For 6.", 4), change("Double it, please", None)
    (Change(factor=1.5, servings=6), Change(factor=2.0, servings=None))
    >>> change("Two more people come", 4), change("How long for 20 minutes?", 4)
    (Change(factor=1.5, servings=6), None)
    """
    factor = _factor(text)
    if factor is not None:
        exact = servings * factor if servings else 0.0
        return Change(factor, int(exact) if exact and exact.is_integer() else None)
    wanted = _wanted(text, servings)
    if wanted is None or not 1 <= wanted <= MAX_SERVINGS:
        return None
    return Change(wanted / servings if servings else 0.0, wanted)


def _factor(text: str) -> float | None:
    if found := _TIMES.search(text):
        written = found["n"].replace(",", ".")
        return float(written) if "." in written else float(_number(written))
    return next((factor for pattern, factor in _FACTORS if pattern.search(text)), None)


def _wanted(text: str, servings: int | None) -> int | None:
    if servings and (more := _MORE.search(text)):
        return servings + _number(more["n"])
    if _ALONE.search(text):
        return 1
    found = (pattern.search(text) for pattern in _TARGETS)
    return next((_number(match["n"]) for match in found if match), None)


def _number(word: str) -> int:
    return int(word) if word.isdecimal() else _WHOLE[word.lower()]
