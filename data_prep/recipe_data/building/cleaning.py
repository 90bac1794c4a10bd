"""From a row as its source gives it to a clean recipe in metric units, or a reason why not."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from recipe_base.files import to_json
from recipe_data.answers import answer_fault, render_ingredient, rounded
from recipe_data.building.directions import join_torn, without_notes
from recipe_data.building.servings import take_from_steps, take_from_title
from recipe_data.building.sources import readable
from recipe_data.converters import RULES, Check, Converter
from recipe_data.headings import in_capitals, is_section_header
from recipe_data.instructions import convert_instruction, split_steps
from recipe_data.language.markup import blocks
from recipe_data.language.text import clean_text, words
from recipe_data.schema import (
    MAX_INGREDIENT_CHARS,
    Ingredient,
    RawRecipe,
    Recipe,
    Rejection,
)

MAX_TITLE_CHARS = 120
MAX_ACRONYM_CHARS = 5
MAX_ROW_CHARS = 25_000
"""Of all texts of a row; no answer holds as much. The longest of 72,000 real ones has 10,000."""

_VOWEL = re.compile(r"[AEIOUY]")
_UPPER_POSSESSIVE = re.compile(r"(?<=\w)'S\b")
_SMALL_WORDS = words("A AL ALLA AND E FOR IN OF ON OR THE TO WITH")
_GLUED_BRACKET = re.compile(r"(?<=\w)\((?=\w)")
_NOT_AN_INGREDIENT = re.compile(
    r"^(?:special )?equipment\b|^(?:ingredient info|notes?|tips?|test-kitchen tip)\b\s?:"
    r"|^can be prepared\b|^\*+\s?[A-Z].{60,}|^n/?a$",
    re.IGNORECASE,
)
# Entities end in semicolons, too.
_ITEM = re.compile(r"(?<!&\w\w)(?<!\d)\s?[;•]\s+(?=[\d½¼¾⅓⅔])")
MIN_LISTED = 2
_BETWEEN_LINES = "ADVERTISEMENT"
"""What scraped pages leave behind their lines."""
_LABEL = re.compile(r"^(?:accompaniments?|garnish(?:es)?|for (?:serving|garnish)): ?(?=\w)", re.I)


class Cleaned(NamedTuple):
    """A recipe, and what pretraining and the report want to know beside it."""

    recipe: Recipe
    text: str
    """What a base model may have read: clean, in the units of the source; see `_as_read`."""
    dropped_lines: int
    """Lines that are no ingredients or no steps: section headers, notes, credits, rules."""
    check: Check | None = None
    """How the converter's readings compare with those of the rules, where it is another."""


def clean_recipe(raw: RawRecipe, converter: Converter = RULES) -> Cleaned | Rejection:
    """Clean one row and convert it to metric units; the converter reads its lines and steps.

    Servings come from the steps, else from the title; what says nothing else is left out.
    Section headers, notes and credits are dropped and counted. A row that is longer than
    `MAX_ROW_CHARS` is not read at all.
    """
    chars = sum(map(len, (raw.title, raw.source, *raw.ingredients, *raw.directions)))
    if chars > MAX_ROW_CHARS:
        return _rejected(raw, "too long", f"a row of {chars} characters, at most {MAX_ROW_CHARS}")
    title, servings_in_title = take_from_title(_clean_title(raw.title))
    listed = [line for given in raw.ingredients for line in _listed(given)]
    lines = _without_headers(_clean_lines(listed))
    joined = join_torn(_clean_lines(raw.directions))
    directions = without_notes(joined)
    steps, servings = take_from_steps(split_steps(directions))
    for part, name in ((title, "title"), (lines, "ingredients"), (steps, "directions")):
        if not part:
            return _rejected(raw, f"no {name}", title or raw.source)
    parsed = converter.parse(
        [_LABEL.sub("", line) for line in lines], [convert_instruction(step) for step in steps]
    )
    recipe = Recipe(
        id=_identity(title, lines, steps),
        title=title,
        servings=servings or servings_in_title,
        ingredients=tuple(map(_fitting, parsed.ingredients)),
        instructions=parsed.instructions,
        source=clean_text(raw.source),
    )
    if fault := _fault(recipe):
        return _rejected(raw, "too long", f"{title}: {fault}")
    text = _as_read(recipe.id, title, lines, steps)
    dropped = raw.left_out + len(listed) - len(lines) + len(joined) - len(directions)
    return Cleaned(recipe, text, dropped, parsed.check)


def _as_read(identity: str, title: str, lines: Sequence[str], steps: Sequence[str]) -> str:
    """Word a recipe as base models meet it: one half as plain lines, the other as JSON."""
    if int(identity, 16) % 2:
        return "\n".join((title, *lines, *steps))
    return to_json({"title": title, "ingredients": [*lines], "directions": [*steps]})


def _clean_lines(lines: Iterable[str]) -> list[str]:
    texts = (line.rstrip().removesuffix(_BETWEEN_LINES) for line in lines)
    cleaned = (clean_text(part) for line in texts for part in blocks(line))
    return [line for line in cleaned if any(character.isalnum() for character in line)]


def _listed(line: str) -> list[str]:
    """Take a whole list in one string apart at its semicolons.

    >>> _listed("200 g rice; 2 eggs; 1 cup milk"), _listed("1 cup milk; cold")
    (['200 g rice', '2 eggs', '1 cup milk'], ['1 cup milk; cold'])
    """
    parts = _ITEM.split(line)
    return parts if len(parts) > MIN_LISTED else [line]


def _clean_title(raw: str) -> str:
    """Mend what RecipeNLG does to titles: `Jewell Ball'S Chicken(Quick)`.

    >>> [_clean_title(raw) for raw in ("Jewell Ball'S Chicken(Quick)  ", "BLT AND CHEESE", "BLT")]
    ["Jewell Ball's Chicken (Quick)", 'BLT and Cheese', 'BLT']
    """
    title = _GLUED_BRACKET.sub(" (", clean_text(raw)).strip(" .,:;-*")
    if title.isupper() and len(title) > MAX_ACRONYM_CHARS:
        title = " ".join(_lower_word(word, first=i == 0) for i, word in enumerate(title.split()))
    title = _UPPER_POSSESSIVE.sub("'s", title)
    return title if any(character.isalnum() for character in title) else ""


def _lower_word(word: str, first: bool) -> str:
    """Take a word out of capitals: `AND` → `and`, `RICE` → `Rice`; `BLT` has no vowel to read."""
    if word in _SMALL_WORDS and not first:
        return word.lower()
    return word.title() if _VOWEL.search(word) else word


def _without_headers(lines: list[str]) -> list[str]:
    """Drop section headers and notes."""
    capitals = in_capitals(lines)
    return [
        line
        for line in lines
        if any(character.isalpha() for character in line)
        and not is_section_header(line)
        and not _NOT_AN_INGREDIENT.match(line)
        and line not in capitals
    ]


def _fitting(read: Ingredient) -> Ingredient:
    """Round the amounts; what does not fit an answer loses its preparation."""
    ingredient = rounded(read)
    if len(render_ingredient(ingredient)) > MAX_INGREDIENT_CHARS:
        return replace(ingredient, preparation=None)
    return ingredient


def _fault(recipe: Recipe) -> str | None:
    if len(recipe.title) > MAX_TITLE_CHARS:
        return f"a title of {len(recipe.title)} characters"
    return answer_fault(recipe)


def _identity(title: str, lines: list[str], steps: list[str]) -> str:
    """Name a recipe by its content: equal recipes have equal ids, whatever row they stand in."""
    content = to_json([title.lower(), lines, steps])
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _rejected(raw: RawRecipe, reason: str, detail: str) -> Rejection:
    return Rejection(raw.row, reason, readable(detail))
