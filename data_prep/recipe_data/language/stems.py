"""The words of a text as Porter stems, by which texts are compared word by word."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import Any

_WORD = re.compile(r"[a-z0-9]+")


@cache
def _stemmer() -> Any:
    from nltk.stem.porter import PorterStemmer

    return PorterStemmer()


@lru_cache(maxsize=1 << 17)
def _stem(word: str) -> str:
    stem: str = _stemmer().stem(word) if len(word) > 3 else word
    return stem


def tokens(text: str, stemmed: bool = True) -> list[str]:
    """Return the words of a text as rouge_score does: lower case, ASCII, Porter stems.

    >>> tokens("Simmering 2 onions")
    ['simmer', '2', 'onion']
    """
    words = _WORD.findall(text.lower())
    return [_stem(word) for word in words] if stemmed else words


def stems(text: str) -> list[str]:
    """Return the stems of a text's words, accents dropped.

    >>> stems("jalapeños")
    ['jalapeno']
    """
    decomposed = unicodedata.normalize("NFKD", text)
    return tokens("".join(char for char in decomposed if not unicodedata.combining(char)))
