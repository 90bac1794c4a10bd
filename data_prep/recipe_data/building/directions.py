"""Directions as their source should have given them: whole sentences, and nothing but steps."""

from __future__ import annotations

import re
from itertools import pairwise

_ENDS = (".", "!", "?", ":", ";", ")", '"', "'")
_GOES_ON = re.compile(r"[a-z]|\d(?!\d?[.)]\s)")
MAX_NOTE_CHARS = 400
_NOTE = re.compile(
    r"^(?:recipe (?:by|courtesy|from)|photograph by|source:|copyright|originally published)\b"
    r"|^https?://\S+$"
    r"|\bby [A-Z][^()]*\([^()]*\b(?:19|20)\d\d\)\.?$"
    r"|^[^.;]*\bavailable (?:at|in|from)\b[^.]*\b(?:markets?|stores?|shops?|section|com)\b",
    re.IGNORECASE,
)
_ADAPTED = re.compile(r"^adapted from\b", re.IGNORECASE)


def join_torn(lines: list[str]) -> list[str]:
    """Join directions that were torn apart inside a sentence.

    Only where the recipe is written in sentences, so that unpunctuated steps stay apart; a line
    that begins with a number goes on from a line that does not.

    >>> join_torn(["Mix", "butter,", "herbs and eggs.", "Let stand", "5 minutes.", "Serve."])
    ['Mix butter, herbs and eggs.', 'Let stand 5 minutes.', 'Serve.']
    >>> join_torn(["boil the rice", "drain"])
    ['boil the rice', 'drain']
    """
    if not lines or not lines[0][0].isupper() or not lines[-1].endswith((".", "!")):
        return lines
    groups = [lines[:1]]
    for before, line in pairwise(lines):
        both_numbers = groups[-1][0][0].isdigit() and line[0].isdigit()
        if not before.endswith(_ENDS) and _GOES_ON.match(line) and not both_numbers:
            groups[-1].append(line)
        else:
            groups.append([line])
    return [" ".join(group) for group in groups]


def without_notes(lines: list[str]) -> list[str]:
    """Drop lines that name where a recipe was printed, or where to buy what.

    >>> without_notes(["Serve.", "Adapted from", "The Pasta Book", ", by A. Cook (House, 2010)."])
    ['Serve.']
    >>> without_notes(["Serve.", "* Soba is available at Asian markets."])
    ['Serve.']
    """
    end = next((i for i, line in enumerate(lines) if i and _ADAPTED.match(line)), len(lines))
    return [line for line in lines[:end] if len(line) > MAX_NOTE_CHARS or not _NOTE.search(line)]
