"""Texts in which nothing is seen, so that there is nothing to train, and nothing to cook."""

from __future__ import annotations

import unicodedata

# Letters and signs that Unicode draws as nothing: Hangul's fillers, Braille's blank.
_FILLERS = "\u115f\u1160\u3164\uffa0\u2800"


def is_blank(text: str) -> bool:
    """Tell a text of nothing but spaces, controls and characters without width or ink.

    >>> is_blank("\u200b \u3164"), is_blank("1.")
    (True, False)
    """
    return all(c in _FILLERS or unicodedata.category(c)[0] in "ZC" for c in text)
