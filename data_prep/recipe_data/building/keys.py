"""What decides which recipes stay together: words in print for one, hashes for millions."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from array import array
from functools import lru_cache
from typing import BinaryIO, NamedTuple

from recipe_data.answers import render_ingredient
from recipe_data.building.compact import Texts, WordSets
from recipe_data.building.near import BANDS, band_hashes
from recipe_data.pantry.identity import canonical
from recipe_data.pantry.words import singular
from recipe_data.schema import Recipe

MARKS = 2 + BANDS
"""Hashes that are compared of every recipe: of its title, of its ingredients and of each band."""
_BLOCK = 1 << 12
"""Records that are read at once."""

_NUMERAL = re.compile(r"\b(?:\d+|[ivx]+)$")
_WORD = re.compile(r"[^\W_]+")
_JOINERS = frozenset(
    ["a", "al", "alla", "and", "de", "for", "in", "la", "of", "on", "or", "the", "to", "with"]
)


class SplitKey(NamedTuple):
    """What decides which recipes stay together.

    Alike are two that share the title, or the ingredients, or most of the words.
    """

    title: str  # the words of the title, whatever their order
    ingredients: str  # the ingredients with their amounts, whatever their order
    words: tuple[str, ...] = ()  # of the title, and the names of the ingredients behind a `+`

    def hashed(self) -> HashedKey:
        """Return the key as it is kept of millions of recipes, and compared."""
        marks = (text_hash(self.title), text_hash(self.ingredients), *band_hashes(self.words))
        return HashedKey(self.title, word_hashes(self.words), array("q", marks))


class HashedKey(NamedTuple):
    """A `SplitKey` of which the title is still readable."""

    title: str
    words: array[int]
    """A hash of each word."""
    marks: array[int]
    """All `MARKS` of them."""


class Keys:
    """The keys of all recipes: in memory but for the marks, which wait in the file `marks`."""

    def __init__(self, marks: BinaryIO) -> None:
        self.titles = Texts()
        self.words = WordSets()
        self._marks = marks

    def append(self, key: HashedKey) -> None:
        """Add the key of the next recipe."""
        self.titles.append(key.title)
        self.words.append(key.words)
        self._marks.write(key.marks.tobytes())

    def __len__(self) -> int:
        return len(self.titles)

    def mark(self, number: int) -> array[int]:
        """Return this one of the `MARKS` marks of every recipe."""
        found = array("q")
        self._marks.seek(0)
        while block := self._marks.read(_BLOCK * MARKS * found.itemsize):
            found.extend(array("q", block)[number::MARKS])
        return found


def normalise_title(title: str) -> str:
    """Reduce a title to what tells dishes apart: no case, accents, marks or final numerals.

    >>> normalise_title("Rigatoni alla Vodka, II"), normalise_title("Crème Brûlée!")
    ('rigatoni alla vodka', 'creme brulee')
    """
    decomposed = unicodedata.normalize("NFKD", title.replace("'", "").casefold())
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    words = " ".join(_WORD.findall(plain))
    return _NUMERAL.sub("", words).strip() or words


def title_words(title: str) -> frozenset[str]:
    """Return the content words of a title, in the singular.

    >>> sorted(title_words("Beans and Rice")) == sorted(title_words("Rice with Bean II"))
    True
    """
    words = frozenset(map(singular, normalise_title(title).split()))
    return words - _JOINERS or words


def split_key(recipe: Recipe) -> SplitKey:
    """Return what decides with which other recipes this one stays together."""
    lines = sorted(render_ingredient(ingredient).casefold() for ingredient in recipe.ingredients)
    title = title_words(canonical(recipe.title))
    names = {_name_word(ingredient.name) for ingredient in recipe.ingredients}
    return SplitKey(" ".join(sorted(title)), "|".join(lines), tuple(sorted(title | names)))


def word_hashes(words: tuple[str, ...] | list[str]) -> array[int]:
    """Hash every word."""
    return array("q", map(_word_hash, words))


def text_hash(text: str) -> int:
    """Return 64 bits that are, in all likelihood, no other text's."""
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


_word_hash = lru_cache(1 << 16)(text_hash)


@lru_cache(1 << 16)
def _name_word(name: str) -> str:
    return f"+{' '.join(sorted(title_words(canonical(name))))}"
