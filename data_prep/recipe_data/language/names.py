"""What an ingredient is called, and what was done to it: the words after the amount."""

from __future__ import annotations

import re
from typing import NamedTuple

from recipe_data.language.name_words import (
    ADVERBS,
    AFTER_DONE,
    DONE,
    GRADED,
    GROUND_SPICES,
    JOINERS,
    LISTING,
    MAYBE,
    MODIFYING,
    NO_FOOD,
    NO_FOOD_LAST,
    PRODUCTS,
    SIZES,
    TRAILING_COUNTERS,
)
from recipe_data.language.units import unit_pattern

__all__ = ["ADVERBS", "DONE", "SIZES", "Description", "describe", "without_counter"]

_PAREN = re.compile(r"\s?[(\[]([^()\[\]]*)[)\]]?")
_OTHERWISE = re.compile(
    r"or(?! (?:more|less|so)\b)(?: [^\W\d_]+(?:[-'][^\W\d_]+)*){1,4}", re.IGNORECASE
)
_COMMENT = re.compile(
    r"(?:^|[\s,;-]{1,3})(?:\(?optional\)?|if (?:desired|needed|necessary|using|you|possible)\b.*"
    r"|(?:or )?(?:more |less )?(?:as|if) (?:needed|required|necessary|desired|wanted)\b.*"
    r"|(?:or )?(?:more |less )?to (?:taste|serve|garnish|decorate|finish|glaze|sprinkle|cover"
    r"|dust|coat|drizzle|top|accompany|fry|grease|brush|season|fill|dress)\b.*"
    r"|(?:for|plus|such as|preferably|about|approximately|approx|depending|see|like|ideally"
    r"|including|excluding|available|e\.g\.|i\.e\.|eg)(?=\s).*"
    r"|(?:and|plus|\+) (?:more|extra)\b.*|(?:or more|or less|or so)\b.*"
    rf"|(?:and|&) [\d/ ]+ ?{unit_pattern()}(?!.*\binch).*|(?:\+|minus) \d.*"
    r"|q\.?\s?[bs]\.?"
    r"|or (?:an? )?(?:\d(?!\d?%)|substitute|equivalent).*"
    r"|as (?:an? )?(?:accompaniment|garnish)\b.*"
    r"|(?:each|total|apiece))$",
    re.IGNORECASE,
)
_COMMA = re.compile(
    r"\s?[,;]\s?|\s[-–—]{1,3}\s|\.\s+(?=[a-z])"
    r"|\s(?=at room temperature|in (?:the|their|its) shells?\b"
    r"|(?:mixed|seasoned|dredged|dissolved) (?:with|in)\b)"
)
_LEAD = re.compile(
    r"^(?:of|the|a|an|each:?|about|more|few|a few|couple of|several|some|extra(?= large)"
    r"|or \d+(?: \d/\d)?)\s+",
    re.IGNORECASE,
)
_SIZE_WORD = r"(?:extra-|very )?(?:small|medium|large|big|jumbo)(?:-sized?)?"
_SIZE_RANGE = re.compile(rf"\b{_SIZE_WORD}(?:-| )(?:to|or)(?:-| )(?={_SIZE_WORD}\b)", re.IGNORECASE)
_SIZE_JOINT = re.compile(r"[-/](?:to-)?(?=small|medium|large|big)")
_TRAILING_MEASURE = re.compile(r"\s\d[\d./ -]{0,8}\s?(?:ml|g|kg|l|grams)\.?$", re.IGNORECASE)
_EDGES = " \t.,;:*-–—'\"/|+()[]"


class Description(NamedTuple):
    """The words of an ingredient line after its amount."""

    name: str
    preparation: str | None


def _plain(token: str) -> str:
    return token.lower().strip(_EDGES)


def _says_done(said: list[str], index: int) -> bool:
    word = said[index]
    if word not in DONE and word != "ground":
        return False
    following = said[index + 1] if index + 1 < len(said) else ""
    if word == "ground":
        return (index > 0 and said[index - 1] in ADVERBS) or following in GROUND_SPICES
    return following not in PRODUCTS.get(word, ())


def _done_run(said: list[str], start: int) -> int:
    """Count the words from `start` that say what was done: `peeled and very finely chopped`."""
    end = start
    for index in range(start, len(said)):
        if _says_done(said, index):
            end = index + 1
        elif said[index] not in ADVERBS and not (said[index] in JOINERS and index > start):
            break
    return end - start


def _split_phrase(phrase: str) -> tuple[str, list[str]]:
    """Split one phrase into the name and what was done to it."""
    tokens = phrase.split()
    said = [_plain(token) for token in tokens]
    done: list[str] = []
    kept: list[str] = []
    index = 0
    while index < len(tokens):
        last = index == len(tokens) - 1
        run = _done_run(said, index) if kept or not last else 0
        following = said[index + run] if index + run < len(tokens) else ""
        if run and (following == "or" if not kept else _plain(kept[-1]) in MAYBE):
            kept += tokens[index : index + run]  # `cooked or canned beans`, `oil or melted butter`
            index += run
            continue
        if run:
            if kept and (not following or following in AFTER_DONE):
                done.append(" ".join(tokens[index:]))
                break
            if following:
                done.append(" ".join(tokens[index : index + run]))
                index += run
                continue
        kept.append(tokens[index])
        index += 1
    kept = [token for i, token in enumerate(kept) if not _is_size(kept, i)]
    return " ".join(kept).strip(_EDGES), done


def _is_size(tokens: list[str], index: int) -> bool:
    """Tell a size that the name does without; in `cherry or small tomatoes` it belongs there."""
    said = _plain(tokens[index])
    if index == len(tokens) - 1 or not _names_sizes(said):
        return said in ADVERBS and index < len(tokens) - 2 and _is_size(tokens, index + 1)
    before = {_plain(token) for token in tokens[:index]}
    return _plain(tokens[index + 1]) not in GRADED and before.isdisjoint(MAYBE)


def _names_sizes(word: str) -> bool:
    return word in SIZES or SIZES.issuperset(_SIZE_JOINT.split(word))


def _name_segments(segments: list[str]) -> int:
    """Count the comma-separated segments that belong to the name."""
    taken = 1
    while taken < len(segments) and _only_modifies(segments[taken - 1]):
        taken += 1
    for index in range(taken, min(taken + 4, len(segments))):
        segment = segments[index].lower()
        tokens = segment.split()
        if len(tokens) > 6 or tokens[0] in NO_FOOD or tokens[-1] in NO_FOOD_LAST:
            break
        if any(character.isdigit() for character in segment):
            break
        if any(_says_done(tokens, i) for i in range(len(tokens))):
            break
        if segment.startswith(("or ", "and ")) or not LISTING.isdisjoint(tokens[1:-1]):
            return index + 1
    return taken


def _only_modifies(segment: str) -> bool:
    said = [_plain(token) for token in segment.split()]
    return all(word in MODIFYING or _says_done(said, i) for i, word in enumerate(said))


def without_counter(name: str) -> tuple[str, str | None]:
    """Split `garlic cloves` into `garlic` and what is counted.

    >>> without_counter("garlic cloves"), without_counter("cinnamon sticks")
    (('garlic', 'cloves'), ('cinnamon sticks', None))
    """
    rest, _, last = name.rpartition(" ")
    counter = last.lower().removesuffix("s")
    if not rest or counter not in TRAILING_COUNTERS:
        return name, None
    nouns = TRAILING_COUNTERS[counter]
    if nouns is not None and _plain(rest.rpartition(" ")[2]) not in nouns:
        return name, None
    return rest, last


def describe(text: str, *, counted: bool = True) -> Description:
    """Split the words after an amount into name and preparation.

    Of what is counted the counter (`garlic cloves`) is no part of the name; of what is measured
    it is.

    >>> describe("finely chopped fresh parsley")
    Description(name='fresh parsley', preparation='finely chopped')
    >>> describe("large onions, peeled and sliced, plus more to serve (optional)")
    Description(name='onions', preparation='peeled and sliced')
    >>> describe("boneless, skinless chicken thighs").name
    'boneless skinless chicken thighs'
    >>> describe("garlic cloves, crushed")
    Description(name='garlic', preparation='cloves, crushed')
    """
    done: list[str] = []

    def aside(match: re.Match[str]) -> str:
        inner = match.group(1).strip()
        tokens = inner.split()
        if _OTHERWISE.fullmatch(inner) and not (set(tokens) & DONE):
            return f" {inner} "
        if tokens and (
            _done_run([_plain(token) for token in tokens], 0) or _plain(tokens[0]) == "packed"
        ):
            done.append(inner)
        elif len(tokens) == 1 and match.end() < len(text) and text[match.end() :].strip(_EDGES):
            return f" {inner} " if inner.isalpha() and text[match.end()] == " " else " "
        return " "

    text = _SIZE_RANGE.sub("", _PAREN.sub(aside, text))
    text = _COMMENT.sub("", _TRAILING_MEASURE.sub("", text).strip())
    while match := _LEAD.match(text):
        text = text[match.end() :]
    segments = [s for s in _COMMA.split(text) if s.strip(_EDGES)]
    if not segments:
        return Description(text.strip(_EDGES), None)
    taken = _name_segments(segments)
    listed = not LISTING.isdisjoint(segments[taken - 1].lower().split()[:-1])
    name, before = _split_phrase((", " if listed else " ").join(segments[:taken]))
    after = [_COMMENT.sub("", f" {s}").strip(_EDGES) for s in segments[taken:]]
    name, counter = without_counter(name) if counted else (name, None)
    parts = (counter or "", *before, *after, *done)
    preparation = ", ".join(part.strip(_EDGES) for part in parts if part.strip(_EDGES))
    return Description(" ".join(name.split()), " ".join(preparation.split()) or None)
