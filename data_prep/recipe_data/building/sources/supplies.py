"""Ingredient lines of whatever a source lists: texts, objects of amount and name, sections."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from recipe_data.building.sources.amounts import (
    AMOUNT,
    LINE,
    NAME,
    UNIT,
    amount_of,
    amount_text,
    has_letter,
    is_amount,
    is_bare,
    text_of,
)
from recipe_data.building.sources.fields import no_texts, refuse_languages
from recipe_data.building.sources.leniently import is_list_in_text, list_in_text
from recipe_data.building.sources.lines_in_text import between_bars, lines_of_text
from recipe_data.building.sources.names import INGREDIENTS, Field, is_missing, named, plain

MAX_DEPTH = 20

_INSIDE = (
    "itemlistelement", "ingredients", "recipeingredient", "items", "list", "lines", "item",
)  # fmt: skip
_NOTE = ("note", "notes", "preparation", "prep", "comment", "comments", "modifier", "description")
_HEADING = ("title", "section", "heading", "group")
_BEHIND = ("to ", "as ", "for ", "or ")  # an amount that follows its food: to taste
_COMMA = re.compile(r",\s+(?![^()]*\))")


def ingredient_lines(name: str, value: Any) -> list[str]:
    """Return the lines of an ingredient list, in any form that sources give it.

    >>> ingredient_lines("supply", [{"name": "rice", "requiredQuantity": "200 g"}, None, "salt"])
    ['200 g rice', 'salt']
    >>> ingredient_lines("ingredients", {"Sauce": [{"amount": 2.0, "food": "onions"}]})
    ['Sauce:', '2 onions']

    Raises `UnusableError` for what is no text and has no name.
    """
    if isinstance(value, str) and is_list_in_text(value):
        value = list_in_text(value)
    elif isinstance(value, str):
        value = between_bars(value)
    lines = list(_lines(Field(name, value), value, 0))
    return _listed(Field(name, value), lines[0]) if len(lines) == 1 else lines


def _listed(field: Field, line: str) -> list[str]:
    """Take the only line of a recipe apart where its commas list foods with their amounts."""
    parts = [part.strip() for part in _COMMA.split(line)]
    counted = sum(_has_digit(part[:1]) for part in parts)
    if counted >= 2 and counted * 2 >= len(parts):
        return parts
    if isinstance(field.value, str) and len(parts) > 2:
        raise no_texts(field.name, line)
    return [line]


def _lines(field: Field, value: Any, depth: int) -> Iterator[str]:
    if is_missing(value):
        return
    if isinstance(value, str):
        yield from lines_of_text(value)
    elif depth > MAX_DEPTH:
        raise no_texts(field.name, value)
    elif isinstance(value, list | tuple):
        if depth and any(map(is_amount, value)) and not any(isinstance(v, dict) for v in value):
            yield " ".join(said for part in value if (said := amount_text(field, part)))
            return
        for part in value:
            yield from _lines(field, part, depth + 1)
    elif isinstance(value, Mapping):
        yield from _lines_of_object(field, value, depth)
    else:
        raise no_texts(field.name, value)


def _lines_of_object(field: Field, value: Mapping[str, Any], depth: int) -> Iterator[str]:
    heading = named(value, _HEADING)
    inside = named(value, _INSIDE)
    if inside and isinstance(inside.value, list | dict) and not named(value, AMOUNT):
        if not _is_item(value):
            yield from _heading(heading or named(value, ("name",)))
        yield from _lines(field, inside.value, depth + 1)
        return
    line, said = _composed(field, value), amount_of(field, value)
    if heading and said and not line:
        line = f"{said} {heading.value}"
        heading = None
    known = any(named(value, names) for names in (_INSIDE, LINE, AMOUNT, NAME, _NOTE))
    yield from _heading(heading)
    if line:
        yield from lines_of_text(line)
    elif heading or (known and not has_letter(said)):
        return  # a heading, or an empty form of a manager: an amount of nothing
    elif not known and "@type" not in value and (depth == 0 or _is_one_amount(value)):
        yield from _lines_of_mapping(field, value, depth)
    else:
        raise no_texts(field.name, value)


def _heading(heading: Field | None) -> Iterator[str]:
    if heading and isinstance(heading.value, str):
        yield f"{heading.value.strip().rstrip(':')}:"


def _composed(field: Field, value: Mapping[str, Any]) -> str:
    """Write amount, unit, name and note as the line that they would be."""
    line, note = text_of(field, value, LINE), text_of(field, value, _NOTE)
    name = text_of(field, value, NAME)
    if value.get("is_header"):
        return f"{(line or name or note).rstrip(':')}:"
    said = "" if value.get("no_amount") else amount_of(field, value)
    if line and name and is_bare(line):
        line, said = "", line
    if line:
        return line if not said or _has_digit(line) else f"{said} {line}"
    if not name and not note and not is_bare(said):
        return said
    if not name:
        has_amount = value.get("disableAmount") or _has_digit(note[:1]) or not note
        return note if has_amount else f"{said} {note}".strip()
    if plain(name) in INGREDIENTS or name.lower() in said.lower():
        return said or note
    if said.lower().startswith(_BEHIND):
        said, note = "", f"{said}, {note}".strip(", ")
    return f"{said} {name}{f', {note}' if note else ''}".strip()


def _lines_of_mapping(field: Field, value: Mapping[str, Any], depth: int) -> Iterator[str]:
    """Yield what names are mapped to: amounts, sections, or the lines of a numbered list."""
    refuse_languages(field.name, value)
    for key, part in value.items():
        if str(key).strip().isdecimal():
            yield from _lines(field, part, depth + 1)
        elif isinstance(part, list):
            yield from _heading(Field("", str(key)))
            yield from _lines(field, part, depth + 1)
        elif isinstance(part, Mapping) and depth < MAX_DEPTH:
            if any(named(part, names) for names in (LINE, AMOUNT, UNIT, NAME, _NOTE)):
                yield from _lines(field, {"name": key, **part}, depth + 1)
            else:
                yield from _heading(Field("", str(key)))
                yield from _lines_of_mapping(field, part, depth + 1)
        else:
            said = amount_text(field, part)
            yield f"{said} {key}" if _has_digit(said) else f"{key}, {said}" if said else str(key)


def _has_digit(text: str) -> bool:
    return any(character.isnumeric() for character in text)


def _is_one_amount(value: Mapping[str, Any]) -> bool:
    """Tell `{"rice": "200 g"}` from `{"image": "rice.jpg"}`."""
    return len(value) == 1 and all(_has_digit(str(part)[:1]) for part in value.values())


def _is_item(value: Mapping[str, Any]) -> bool:
    """Tell a list's item, whose name is that of the list, from a section."""
    return plain(str(value.get("@type", ""))) in ("listitem", "itemlist")
