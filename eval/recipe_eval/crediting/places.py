"""Where the lines and steps of a JSON answer stand."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from recipe_data.schema import ANSWER_SCHEMA

Place = tuple[int, int]
"""The first character, and the one after the last."""

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


class Places(NamedTuple):
    """Characters of an answer; no two places share one."""

    lines: list[Place]
    """Each ingredient, with the comma in front of it: to go on is to have chosen this line."""
    close: Place
    """What closes the list: the quote behind the last line, up to the bracket."""
    steps: list[Place]
    """Each step, with the comma in front of it."""


def places_of(answer: str) -> Places:
    r"""Find the places of an answer that `read_answer` reads, however its JSON is written.

    >>> text = '{"ingredients":["salt","2 \\"big\\" eggs"],"instructions":["Boil."]}'
    >>> found = places_of(text)
    >>> [text[start:end] for start, end in (*found.lines, found.close, *found.steps)]
    ['salt', '","2 \\"big\\" eggs', '"]', 'Boil.']
    """
    strings = [found.span() for found in _STRING.finditer(answer)]
    found: dict[str, list[Place]] = {}
    first = 0
    for key, texts in json.loads(answer).items():
        found[key] = strings[first + 1 : first + 1 + len(texts)]  # behind the key itself
        first += 1 + len(texts)
    lines, steps = (_with_commas(found[key]) for key in ANSWER_SCHEMA["properties"])
    last = lines[-1][1]
    return Places(lines, (last, answer.index("]", last) + 1), steps)


def _with_commas(strings: list[Place]) -> list[Place]:
    """Return the insides of quoted strings, each from the closing quote of the one before it."""
    begins = [strings[0][0] + 1, *(end - 1 for _, end in strings[:-1])]
    return [(begin, end - 1) for begin, (_, end) in zip(begins, strings, strict=True)]
