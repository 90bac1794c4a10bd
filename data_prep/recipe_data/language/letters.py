"""Letters that a regular expression takes for others when it ignores case."""

from __future__ import annotations

_CASE_TWINS = str.maketrans("ſıİK", "siik")


# Of the same length, so that places stay.
_PLAIN = {
    ord(written): char
    for char, forms in {
        "-": "–—−‐‑‒", "~": "～〜∼", "'": "’‘´′", '"': "“”″", "°": "º˚", "/": "⁄∕",
        " ": "\u00a0\u2009\u202f",
    }.items()
    for written in forms
}  # fmt: skip


def plain(text: str) -> str:
    """Return a text with plain dashes, primes, degrees and spaces, every place where it was.

    >>> plain("105–115 ºF, 45′")
    "105-115 °F, 45'"
    """
    return text if text.isascii() else text.translate(_PLAIN)


def lower(word: str) -> str:
    """Return a word as `re.IGNORECASE` sees it, which takes `ſ` for an s and `ı` for an i.

    >>> lower("Cupſ"), lower("Mın")
    ('cups', 'min')
    """
    return word.translate(_CASE_TWINS).lower()
