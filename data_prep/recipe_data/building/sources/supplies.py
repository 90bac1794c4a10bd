"""Ingredient lines of whatever a source lists: texts, objects of amount and name, sections."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from recipe_data.building.sources.fields import UnusableError, no_texts
from recipe_data.building.sources.leniently import is_list_in_text, list_in_text
from recipe_data.building.sources.lines_in_text import lines_of_text
from recipe_data.building.sources.names import INGREDIENTS, Field, is_missing, named, plain
from recipe_data.language.units import MEASURE_UNITS

MAX_DEPTH = 20
MAX_AMOUNT = 1_000_000

_INSIDE = (
    "itemlistelement", "ingredients", "recipeingredient", "items", "list", "lines", "item",
)  # fmt: skip
_LINE = (
    "display", "originaltext", "original", "originalstring", "text", "rawtext", "raw", "line",
    "displaytext", "fulltext", "string", "@value",
)  # fmt: skip
_AMOUNT = ("amount", "quantity", "qty", "requiredquantity", "value", "measure")
_UNIT = ("unit", "units", "unittext", "unitofmeasure", "uom", "unitcode", "measure")
_NAME = ("food", "name", "ingredient", "item", "ingredientname", "foodname", "product", "label")
_NOTE = ("note", "notes", "preparation", "prep", "comment", "comments", "modifier", "description")
_HEADING = ("title", "section", "heading", "group")
# UN/CEFACT's codes of units, as schema.org's `unitCode` has them; pieces have no word.
_UNIT_CODES = {
    "GRM": "g", "KGM": "kg", "MGM": "mg", "MLT": "ml", "CLT": "cl", "DLT": "dl", "LTR": "l",
    "ONZ": "oz", "LBR": "lb", "OZA": "fl oz", "G21": "cup", "G24": "tbsp", "G25": "tsp",
    "PTL": "pint", "QTL": "quart", "GLL": "gallon", "C62": "", "H87": "", "EA": "",
}  # fmt: skip
_BEHIND = ("to ", "as ", "for ", "or ")  # an amount that follows its food: to taste
_AMOUNT_ALONE = re.compile(r"\s*(?:\d[\d/., ]*|[¼½¾⅓⅔⅛])\s*")
_COMMA = re.compile(r",\s+(?![^()]*\))")
_ZEROS_BEHIND = re.compile(r"(\d+)[.,]0+")


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
    elif isinstance(value, str) and "|" in value and "\n" not in value:
        value = value.split("|")
    lines = list(_lines(Field(name, value), value, 0))
    return _listed(Field(name, value), lines[0]) if len(lines) == 1 else lines


def _listed(field: Field, line: str) -> list[str]:
    """Take the only line of a recipe apart where its commas list foods with their amounts."""
    parts = [part.strip() for part in _COMMA.split(line)]
    counted = sum(_has_digit(part[:1]) for part in parts)
    if counted >= 2 and counted * 2 >= len(parts):
        return parts
    if isinstance(field.value, str) and len(parts) > 2:
        raise _no_line(field, line)
    return [line]


def _lines(field: Field, value: Any, depth: int) -> Iterator[str]:
    if is_missing(value):
        return
    if isinstance(value, str):
        yield from lines_of_text(value)
    elif depth > MAX_DEPTH:
        raise _no_line(field, value)
    elif isinstance(value, list | tuple):
        if depth and any(map(_is_amount, value)) and not any(isinstance(v, dict) for v in value):
            yield " ".join(said for part in value if (said := _amount(field, part)))
            return
        for part in value:
            yield from _lines(field, part, depth + 1)
    elif isinstance(value, Mapping):
        yield from _lines_of_object(field, value, depth)
    else:
        raise _no_line(field, value)


def _lines_of_object(field: Field, value: Mapping[str, Any], depth: int) -> Iterator[str]:
    heading = named(value, _HEADING)
    inside = named(value, _INSIDE)
    if inside and isinstance(inside.value, list | dict) and not named(value, _AMOUNT):
        if not _is_item(value):
            yield from _heading(heading or named(value, ("name",)))
        yield from _lines(field, inside.value, depth + 1)
        return
    line, said = _composed(field, value), _amount_of(field, value)
    if heading and said and not line:
        heading, line = None, f"{said} {heading.value}"
    known = any(named(value, names) for names in (_INSIDE, _LINE, _AMOUNT, _NAME, _NOTE))
    yield from _heading(heading)
    if line:
        yield from lines_of_text(line)
    elif heading or (known and not _has_letter(said)):
        return  # a heading, or an empty form of a manager: an amount of nothing
    elif not known and "@type" not in value and (depth == 0 or _is_one_amount(value)):
        yield from _lines_of_mapping(field, value, depth)
    else:
        raise _no_line(field, value)


def _heading(heading: Field | None) -> Iterator[str]:
    if heading and isinstance(heading.value, str):
        yield f"{heading.value.strip().rstrip(':')}:"


def _composed(field: Field, value: Mapping[str, Any]) -> str:
    """Write amount, unit, name and note as the line that they would be."""
    line, note = _text(field, value, _LINE), _text(field, value, _NOTE)
    name = _text(field, value, _NAME)
    if value.get("is_header"):
        return f"{(line or name or note).rstrip(':')}:"
    said = "" if value.get("no_amount") else _amount_of(field, value)
    if line and name and _is_bare(line):
        line, said = "", line
    if line:
        return line if not said or _has_digit(line) else f"{said} {line}"
    if not name and not note and not _is_bare(said):
        return said
    if not name:
        has_amount = value.get("disableAmount") or _has_digit(note[:1]) or not note
        return note if has_amount else f"{said} {note}".strip()
    if plain(name) in INGREDIENTS or name.lower() in said.lower():
        return said or note
    if said.lower().startswith(_BEHIND):
        said, note = "", f"{said}, {note}".strip(", ")
    return f"{said} {name}{f', {note}' if note else ''}".strip()


def _is_bare(said: str) -> bool:
    """Tell an amount from a text that names a food, too."""
    words = said.lower().split()
    return all(word[0].isnumeric() or word.strip(".-") in MEASURE_UNITS for word in words)


def _amount_of(field: Field, value: Mapping[str, Any]) -> str:
    """Write the amount of an entry with its unit, which may be the field's name: `grams`."""
    given = named(value, _AMOUNT)
    said = _amount(field, given.value) if given else ""
    unit = _unit(field, value)
    if said and unit and not said.lower().endswith(unit.lower()):
        return f"{said} {unit}"
    if not said:
        for key, part in value.items():
            is_unit = str(key).lower() in MEASURE_UNITS
            if (is_unit or _is_called_amount(str(key), part)) and (said := _amount(field, part)):
                behind = str(key) if is_unit else unit
                return said if _has_letter(said) else f"{said} {behind}".strip()
    return said or (unit if given is None or given.value is None else "")


def _is_called_amount(key: str, value: Any) -> bool:
    name = plain(key)
    return ("amount" in name or "quantity" in name) and not isinstance(value, bool)


def _lines_of_mapping(field: Field, value: Mapping[str, Any], depth: int) -> Iterator[str]:
    """Yield what names are mapped to: amounts, sections, or the lines of a numbered list."""
    for key, part in value.items():
        if str(key).strip().isdecimal():
            yield from _lines(field, part, depth + 1)
        elif isinstance(part, list):
            yield from _heading(Field("", str(key)))
            yield from _lines(field, part, depth + 1)
        elif isinstance(part, Mapping) and depth < MAX_DEPTH:
            if any(named(part, names) for names in (_LINE, _AMOUNT, _UNIT, _NAME, _NOTE)):
                yield from _lines(field, {"name": key, **part}, depth + 1)
            else:
                yield from _heading(Field("", str(key)))
                yield from _lines_of_mapping(field, part, depth + 1)
        else:
            said = _amount(field, part)
            yield f"{said} {key}" if _has_digit(said) else f"{key}, {said}" if said else str(key)


def _text(field: Field, value: Mapping[str, Any], names: tuple[str, ...]) -> str:
    found = named(value, names)
    if found is None or is_missing(found.value):
        return ""
    if isinstance(found.value, Mapping):
        return _text(field, found.value, (*_NAME, *_LINE))
    if not isinstance(found.value, str):
        raise _no_line(field, value)
    return found.value.strip()


def _amount(field: Field, value: Any) -> str:
    """Write an amount as a recipe would: `2`, `0.5`, `2-3`, `200 g`; empty for none."""
    if is_missing(value):
        return ""
    if isinstance(value, Mapping):
        least, most = (named(value, (name, name[:3])) for name in ("minvalue", "maxvalue"))
        given = named(value, _AMOUNT) or least or most
        said = _amount(field, given.value if given else None)
        if least and most and not is_missing(least.value) and not is_missing(most.value):
            said = f"{_amount(field, least.value)}-{_amount(field, most.value)}"
        return f"{said} {_unit(field, value)}".strip()
    if isinstance(value, str):
        whole = _ZEROS_BEHIND.fullmatch(value.strip())
        return (whole[1] if whole else value.strip()) if value.strip(" 0.,") else ""
    if not _is_number(value) or not math.isfinite(value) or not 0 <= value <= MAX_AMOUNT:
        raise _no_line(field, value)
    return f"{value:.3f}".rstrip("0").rstrip(".") if value else ""


def _unit(field: Field, value: Mapping[str, Any]) -> str:
    unit = _text(field, value, _UNIT)
    return _UNIT_CODES.get(unit, unit)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_amount(value: Any) -> bool:
    return _is_number(value) or (isinstance(value, str) and bool(_AMOUNT_ALONE.fullmatch(value)))


def _has_digit(text: str) -> bool:
    return any(character.isnumeric() for character in text)


def _has_letter(text: str) -> bool:
    return any(character.isalpha() for character in text)


def _is_one_amount(value: Mapping[str, Any]) -> bool:
    """Tell `{"rice": "200 g"}` from `{"image": "rice.jpg"}`."""
    return len(value) == 1 and all(_has_digit(str(part)[:1]) for part in value.values())


def _is_item(value: Mapping[str, Any]) -> bool:
    """Tell a list's item, whose name is that of the list, from a section."""
    return plain(str(value.get("@type", ""))) in ("listitem", "itemlist")


def _no_line(field: Field, value: Any) -> UnusableError:
    return no_texts(field.name, value)
