"""When two ingredient names mean the same: the one matching rule of the strict profile."""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from typing import Any

NAME_RULE = "names:last2-porter"

_EMPTY_WORDS = "a an and for in of or the to with your"

# Say how a food is sold, cut or handled, not which food it is.
_DESCRIPTIONS = """
    all big boiling chilled cold cooked dried dry extra fine finely fresh freshly frozen good large
    lean lukewarm medium organic plain purpose quality quick raw ripe room rough roughly salted
    small soft softened table temperature thick thin uncooked unsalted virgin warm whole
    bunch clove cube head knob leaf leaves piece pinch slice sprig stalk stick strip
    chopped crumbled crushed cubed diced grated halved melted minced peeled rinsed sliced shredded
"""


@cache
def _tokenizer() -> Any:
    from rouge_score.tokenizers import DefaultTokenizer

    return DefaultTokenizer(use_stemmer=True)


def _stems(text: str) -> list[str]:
    decomposed = unicodedata.normalize("NFKD", text)
    ascii_like = "".join(char for char in decomposed if not unicodedata.combining(char))
    stems: list[str] = _tokenizer().tokenize(ascii_like)
    return stems


@cache
def _ignored() -> frozenset[str]:
    return frozenset(_stems(f"{_EMPTY_WORDS} {_DESCRIPTIONS}"))


@lru_cache(maxsize=1 << 16)
def core(name: str) -> frozenset[str]:
    """Return the last two content words of a name: accents dropped, stemmed, in no order.

    Content words are those that are left without words such as `of`, `fresh` or `clove`
    (unless nothing else is there). Two names mean the same ingredient if their cores are equal
    and not empty.

    >>> core("extra virgin olive oil") == core("olive oils")
    True
    >>> core("jalapeño peppers") == core("fresh jalapeno pepper")
    True
    >>> core("basil leaves") == core("basil"), core("cloves") == core("garlic")
    (True, False)
    >>> core("butter") == core("peanut butter"), core("chicken") == core("chicken stock")
    (False, False)
    """
    words = [word for word in _stems(name) if not word.isdigit()]
    content = [word for word in words if word not in _ignored()]
    fallback = words or name.casefold().split()  # a name in another script
    return frozenset((content or fallback)[-2:])


def same_name(one: str, other: str) -> bool:
    """Tell whether two names mean the same ingredient.

    >>> same_name("Parmesan cheese, grated", "grated parmesan cheese"), same_name("", "")
    (True, False)
    """
    return bool(core(one)) and core(one) == core(other)
