"""JSON as people write it: commas and semicolons too many, several documents in one text."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

from recipe_data.building.sources.fields import UnusableError

_MAX_DIGITS = 400
_TRAILING_COMMA = re.compile(r'"(?:[^"\\]|\\.)*"|,(?=\s*[\]}])', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_BETWEEN = re.compile(r"[\s;,\ufeff\x1e]*")
# A remark in brackets in front of a text is none: [Optional] Rinse.
_LIST = re.compile(
    r"""\s*(?:\{|\[(?![^"'\[\]{}]*\]\s*\S)|c\(|array\(\["""
    r"""|\(\s*(["']).*\1\s*,?\s*\)\s*$|b(["']).*\2\s*$|(["'])\s*\[.*\]\s*\3\s*$)""",
    re.DOTALL,
)
_QUOTED_LIST = re.compile(r"""(["'])\s*(?P<list>\[.*\])\s*\1""", re.DOTALL)
_STRING = re.compile(r"""'(?:[^'\\]|\\.)*'|["](?:[^"\\]|\\.)*["]""", re.DOTALL)
_APART = re.compile(r"S\s+S")
_ARRAY = re.compile(r"array\((\[.*\])(?:,\s*dtype=\S+)?\)", re.DOTALL)
_ELEMENT_OF_R = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|NA|NULL)\s*(?:,|$)', re.DOTALL)


def _whole(digits: str) -> int | float:
    """Read an integer; one that Python would refuse for its length is infinite."""
    return int(digits) if len(digits) <= _MAX_DIGITS else float(digits)


# Raw control characters in a string are dirt, not damage.
JSON = json.JSONDecoder(strict=False, parse_int=_whole)


def without_trailing_commas(text: str) -> str:
    """Put a space for every comma before a closing bracket, so that all stands where it stood.

    >>> without_trailing_commas('["a,]", {"b": 1, }, ]')
    '["a,]", {"b": 1  }  ]'
    """
    return _TRAILING_COMMA.sub(lambda found: found[0] if found[0] != "," else " ", text)


def mended(text: str) -> str:
    r"""Take out what JSON does not allow and people write: commas too many, needless escapes.

    >>> mended(r'["Mac \'n\' Cheese",]')
    '["Mac \'n\' Cheese" ]'
    """
    text = _ESCAPE.sub(lambda found: found[0] if found[1] in '"\\/bfnrtu' else found[1], text)
    return without_trailing_commas(text)


def documents(text: str) -> Iterator[Any]:
    """Decode one JSON document after another, with or without separators between them.

    >>> list(documents('{"a": [1, 2,]};\\n{"b": 2}')), list(documents(" "))
    ([{'a': [1, 2]}, {'b': 2}], [])

    Raises `UnusableError` where there is none.
    """
    at = _after_separators(text, 0)
    while at < len(text):
        try:
            value, at = JSON.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            better = text[:at] + mended(text[at:])
            if better == text:
                raise UnusableError("broken JSON", text) from error
            text = better
        else:
            yield value
            at = _after_separators(text, at)


def parsed(text: str) -> Any:
    """Decode the one JSON document of a text."""
    found = list(documents(text))
    if len(found) != 1:
        raise UnusableError("broken JSON", text)
    return found[0]


def is_list_in_text(text: str) -> bool:
    """Tell a list that stands in a cell from a text: by how it begins and, in Python's, ends.

    >>> [is_list_in_text(text) for text in ('["rice"]', "('rice', 'salt')", "[Optional] Rinse.")]
    [True, True, False]
    """
    return bool(_LIST.match(text))


def list_in_text(text: str) -> Any:
    """Decode a list that stands in a cell: as JSON, as Python or as R writes it.

    >>> list_in_text('["rice"]'), list_in_text("['rice', None]"), list_in_text('c("rice", "salt")')
    (['rice'], ['rice', None], ['rice', 'salt'])
    """
    text = text.strip()
    if (quoted := _QUOTED_LIST.fullmatch(text)) is not None:
        text = quoted["list"]
    try:
        return parsed(text)
    except UnusableError as problem:
        try:
            return _of_r(text) if text.startswith("c(") else _of_python(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            raise problem from None


def _of_python(text: str) -> Any:
    """Decode what Python or numpy prints; numpy's have no commas, and Python would join them.

    >>> _of_python("['rice' 'salt']"), _of_python("array(['rice'], dtype=object)")
    (['rice', 'salt'], ['rice'])
    """
    if array := _ARRAY.fullmatch(text):
        text = array[1]
    if _APART.search(_STRING.sub("S", text)):
        text = _STRING.sub(lambda found: f"{found[0]},", text).replace(",,", ",")
    value = ast.literal_eval(text)
    return value.decode("utf-8") if isinstance(value, bytes) else value


def _of_r(text: str) -> list[str]:
    inside = text[len("c(") : -1]
    found, at = [], 0
    while at < len(inside):
        element = _ELEMENT_OF_R.match(inside, at)
        if element is None or not text.endswith(")"):
            raise ValueError(text)
        if element[1] is not None:
            found.append(re.sub(r"\\(.)", r"\1", element[1]))
        at = element.end()
    return found


def _after_separators(text: str, at: int) -> int:
    found = _BETWEEN.match(text, at)
    return found.end() if found else at
