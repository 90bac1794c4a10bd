"""Steps of a readable length: numbered, glued and endless directions taken apart."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import pairwise

from recipe_data.language.text import words
from recipe_data.language.verbs import VERB_OR_NOUN, VERBS
from recipe_data.schema import MAX_INSTRUCTION_CHARS

MAX_CHARS = 2500
"""Longer texts are no steps; what follows is neither read nor converted."""
# Room for what conversion to metric may add to a step.
MAX_STEP_CHARS = MAX_INSTRUCTION_CHARS - 40
_NUMBERED = re.compile(r"(?:^|(?<=[.!?:;)\s])\s*)(?:step\s*)?(\d{1,2})\s?[.):]\s?(?=[A-Z\"'])")
_LABEL = re.compile(r"^(?:step\s*\d{1,2}\s*[.:)-]*|\d{1,2}\s?[.):](?!\d)|[-*•·])\s*", re.IGNORECASE)
_MAY_END = re.compile(r"[.!?][\")']?\s+(?=[A-Z\"'(\d])")
_LAST_WORD = re.compile(r"(?<![^\W\d_])[^\W\d_]+$")
_NEXT_WORD = re.compile(r"[.!?][\")']?\s+([^\W\d_]*)")
_DEGREES = re.compile(r"(?:\d\d|°)\s?[FC]$")
_INCHES = re.compile(r"\d[\s-]?in$", re.IGNORECASE)
_TIMES = words("min mins hr hrs sec secs")
_MEASURES = words("oz lb lbs tsp tsps tbsp tbsps tbs pkg pkgs qt qts pt pts gal doz env")
_MAX_WORD = 12
_SOFT_BREAK = re.compile(r"(?<=[;,])\s|\s(?=(?:and|then)\s)")


def split_steps(directions: Iterable[str]) -> list[str]:
    """Return the steps of a recipe; no word of the directions is lost but their numbers.

    Numbered steps in one text are taken apart, the only direction of a recipe is split at its
    sentences, and longer steps than the answer schema allows are split at sentence ends, else at
    commas, else between words.

    >>> split_steps(["1. Boil water. 2. Add the rice."])
    ['Boil water.', 'Add the rice.']
    """
    texts = [part for direction in directions for part in _split_numbered(direction)]
    if len(texts) == 1:
        texts = sentences(texts[0]) if len(texts[0]) > 160 else texts
    return [step for text in texts for step in _fit(text)]


def sentences(text: str) -> list[str]:
    """Split text at the ends of its sentences.

    >>> sentences("Add 2 oz. Cheddar. Bake 10 min. Serve!")
    ['Add 2 oz. Cheddar.', 'Bake 10 min.', 'Serve!']
    """
    ends = (m.end() for m in _MAY_END.finditer(text) if ends_sentence(text, m.start()))
    cuts = [0, *ends, len(text)]
    return [s for a, b in pairwise(cuts) if (s := text[a:b].strip())]


def ends_sentence(text: str, mark: int) -> bool:
    """Tell whether the mark at `text[mark]` ends a sentence or only an abbreviation.

    Behind a time or a temperature a capital begins a sentence; behind a measure, which a name
    may follow, only a verb does.

    >>> [ends_sentence(t, 11) for t in ("Bake 10 min. Serve.", "Bake 10 min. (or more)")]
    [True, False]
    >>> [ends_sentence(t, 8) for t in ("Add 2 oz. Stir.", "Add 2 oz. Cheddar.")]
    [True, False]
    """
    before = _LAST_WORD.search(text, max(0, mark - _MAX_WORD), mark)
    if not before:
        return True
    word = before.group().lower()
    after = _NEXT_WORD.match(text, mark)
    following = after.group(1) if after else ""
    if word in _TIMES or _DEGREES.search(text, max(0, mark - 4), mark):
        return following[:1].isupper()
    inches = word == "in" and _INCHES.search(text, max(0, mark - 4), mark)
    if word in _MEASURES or inches or (len(word) == 1 and word in "ctgl"):
        return following.lower() in VERBS or following.lower() in VERB_OR_NOUN
    return len(word) > 1 and word != "approx"


def _split_numbered(text: str) -> list[str]:
    text = text.strip()
    matches = list(_NUMBERED.finditer(text))
    expected, cuts = 1, []
    for match in matches:
        if int(match.group(1)) == expected:
            cuts.append(match)
            expected += 1
    if len(cuts) < 2:
        return [text] if (text := _LABEL.sub("", text)) else []
    starts = [0, *(m.end() for m in cuts)]
    ends = [*(m.start() for m in cuts), len(text)]
    pieces = [text[s:e].strip() for s, e in zip(starts, ends, strict=True)]
    return [piece for piece in pieces if piece]


def _words(text: str) -> list[str]:
    return [
        word[i : i + MAX_STEP_CHARS]
        for word in text.split()
        for i in range(0, len(word), MAX_STEP_CHARS)
    ]


_SPLITTERS: tuple[Callable[[str], list[str]], ...] = (sentences, _SOFT_BREAK.split, _words)


def _fit(text: str, level: int = 0) -> list[str]:
    """Cut a text into pieces of at most `MAX_STEP_CHARS`, at the best places there are."""
    text = text.strip()
    if len(text) <= MAX_STEP_CHARS or level == len(_SPLITTERS):
        return [text] if text else []
    steps: list[str] = []
    for piece in (p for part in _SPLITTERS[level](text) for p in _fit(part, level + 1)):
        if steps and len(steps[-1]) + 1 + len(piece) <= MAX_STEP_CHARS:
            steps[-1] += f" {piece}"
        else:
            steps.append(piece)
    return steps
