"""Directions as their source should have given them: whole sentences, and nothing but steps."""

from __future__ import annotations

import re
from itertools import pairwise

from recipe_data.language.steps import sentences

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
# What stands around a recipe on its page.
_LABEL = re.compile(
    r"(?:the )?(?:method|directions?|instructions?|preparation|procedure|steps?|how to make(?: it)?"
    r"|cooking (?:instructions|directions|method)|nutrition(?:al)?(?: (?:facts|information|info))?"
    r"|ingredients|enjoy|bon app[eé]tit|advertisement|video|print(?: recipe)?|equipment)\s?[:.!]*"
    r"|(?:(?:prep(?:aration)?|cook(?:ing)?|total|active|inactive|hands-on)[ -]time|ready in)\b"
    r"(?:\s?[:=-]?\s?(?:about |approx\S* )?[\d½¼¾][^.!?]{0,40})?[.!:]?"
    r"|(?:difficulty|skill level|course|cuisine|category|keywords?|author)\s?:[^.!?]{0,60}",
    re.IGNORECASE,
)
_NUTRITION = re.compile(
    r"(?:nutrition|nutrients?|calories|kcal|energy|amount per|serving size)\b[^.!?]*\d"
    r"|(?:per|each) serving\b.*\d.*(?:kcal|calories|\bcal\b|\bfat\b|carb)"
    r"|\d+\s?(?:k?cal|calories)\b.*(?:fat|protein|carb)",
    re.IGNORECASE,
)
_CALL = re.compile(
    r"(?:^|(?<=[.!?]\s))(?:did you (?:make|try|like|enjoy)"
    r"|(?:please )?(?:follow|find|join|tag|like) (?:us|me)\b"
    r"|subscribe\b|sign up\b|(?:please )?(?:leave|post|write) (?:us )?a (?:comment|review|rating)"
    r"|(?:please )?(?:rate|share|pin|print|save|bookmark|review) (?:this (?:recipe|post|page)"
    r"|the recipe|it (?:for later|on)|your (?:photos?|creations?|comments?|results))"
    r"|(?:click|tap) here|(?:watch|see) (?:the|our|my) video|for more (?:recipes|information)"
    r"|(?:visit|check out|download|get|buy|shop) (?:our|my)\b|if you (?:liked?|loved?|made?) this"
    r"|#[a-z]\w{3,})|(?:^|\s)@[a-z]\w{3,}"
    r"|\b(?:instagram|facebook|pinterest|youtube|tiktok|twitter|newsletter)\b",
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
    """Drop lines that are no steps: where a recipe was printed, where to buy what, page furniture.

    >>> without_notes(["Serve.", "Adapted from", "The Pasta Book", ", by A. Cook (House, 2010)."])
    ['Serve.']
    >>> without_notes(["Method", "Serve.", "* Soba is available at Asian markets."])
    ['Serve.']
    >>> without_notes(["Nutrition: 210 kcal, 8 g fat", "Cook time: 1 h", "Serve. Follow us!"])
    ['Serve.']
    """
    end = next((i for i, line in enumerate(lines) if i and _ADAPTED.match(line)), len(lines))
    kept = (line for line in lines[:end] if len(line) > MAX_NOTE_CHARS or not _is_note(line))
    return [called for line in kept if (called := _without_calls(line))]


def _is_note(line: str) -> bool:
    return bool(_NOTE.search(line) or _LABEL.fullmatch(line) or _NUTRITION.match(line))


def _without_calls(line: str) -> str:
    """Drop the sentences that call on the reader to follow, share or rate."""
    if not _CALL.search(line):
        return line
    return " ".join(said for said in sentences(line) if not _CALL.search(said))
