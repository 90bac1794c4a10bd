"""Steps of a readable length: numbered, glued and endless directions taken apart."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import pairwise

from recipe_data.schema import MAX_INSTRUCTION_CHARS

# Room for what conversion to metric may add to a step.
MAX_STEP_CHARS = MAX_INSTRUCTION_CHARS - 40
_NUMBERED = re.compile(r"(?:^|(?<=[.!?:;)\s])\s*)(?:step\s*)?(\d{1,2})\s?[.):]\s?(?=[A-Z\"'])")
_LABEL = re.compile(r"^(?:step\s*\d{1,2}\s*[.:)-]*|\d{1,2}\s?[.):](?!\d)|[-*•·])\s*", re.IGNORECASE)
_SENTENCE_END = re.compile(
    r"(?<![\d\s][A-Za-z])(?<!\boz)(?<!\blb)(?<!\blbs)(?<!\btsp)(?<!\bTbsp)(?<!\btbsp)(?<!\bmin)"
    r"(?<!\bhr)(?<!\bhrs)(?<!\bapprox)(?<!\bpkg)(?<!\bin)(?<!\bqt)(?<!\bpt)(?<!\bc)"
    r"[.!?][\")']?\s+(?=[A-Z\"'(\d])"
)
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

    >>> sentences("Add 2 oz. cheese. Stir! Serve.")
    ['Add 2 oz. cheese.', 'Stir!', 'Serve.']
    """
    cuts = [0, *(match.end() for match in _SENTENCE_END.finditer(text)), len(text)]
    return [s for a, b in pairwise(cuts) if (s := text[a:b].strip())]


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
