"""The words of a food's name, in the one form in which names are compared."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W\d_]+")
_IRREGULAR = {
    "greens": "greens", "veggies": "veggie", "chillies": "chilli", "chilies": "chili",
    "chiles": "chile", "leaves": "leaf", "loaves": "loaf", "halves": "half", "calves": "calf",
    "cookies": "cookie", "brownies": "brownie", "krispies": "krispie",
    "geese": "goose", "joes": "joe", "roes": "roe", "mousses": "mousse", "octopuses": "octopus",
    "brioches": "brioche", "quiches": "quiche", "ceviches": "ceviche", "smokies": "smokie",
}  # fmt: skip

_ENDING_IN_I = frozenset([
    "chapati", "roti", "kiwi", "zucchini", "panini", "salami", "chilli", "broccoli", "gnocchi",
    "puri", "poori", "idli", "ravioli", "tortellini", "biscotti", "amaretti", "cannoli", "crostini",
    "grissini", "spaghetti", "sushi", "pierogi", "martini",
])  # fmt: skip


def singular(word: str) -> str:
    """Return an English noun's singular; other words as they are.

    >>> [singular(w) for w in ("tomatoes", "berries", "leaves", "onions", "hummus", "radishes")]
    ['tomato', 'berry', 'leaf', 'onion', 'hummus', 'radish']
    """
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word[:-1] in _ENDING_IN_I:
        return word.removesuffix("s")
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("oes", "ches", "shes", "sses", "xes")):
        return word[:-2]
    return word[:-1]


def food_words(text: str) -> list[str]:
    """Return the words of a text, lower case and in the singular, in order.

    >>> food_words("2 Cherry Tomatoes")
    ['cherry', 'tomato']
    """
    return [singular(word) for word in _WORD.findall(text.lower())]


def unaccented(text: str) -> str:
    """Return a text with the plain letters of its accented ones.

    >>> unaccented("crème fraîche")
    'creme fraiche'
    """
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
