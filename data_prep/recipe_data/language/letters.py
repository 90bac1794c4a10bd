"""Letters that a regular expression takes for others when it ignores case."""

from __future__ import annotations

_CASE_TWINS = str.maketrans("ſıİK", "siik")


def lower(word: str) -> str:
    """Return a word as `re.IGNORECASE` sees it, which takes `ſ` for an s and `ı` for an i.

    >>> lower("Cupſ"), lower("Mın")
    ('cups', 'min')
    """
    return word.translate(_CASE_TWINS).lower()
