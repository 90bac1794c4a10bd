"""What an entry of an ingredient list says of its amount, in whatever fields."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from recipe_data.building.sources.fields import no_texts
from recipe_data.building.sources.names import Field, is_missing, named, plain
from recipe_data.language.text import words
from recipe_data.language.units import MEASURE_UNITS

MAX_AMOUNT = 1_000_000

LINE = (
    "display", "originaltext", "original", "originalstring", "text", "rawtext", "raw", "line",
    "displaytext", "fulltext", "string", "@value",
)  # fmt: skip
AMOUNT = ("amount", "quantity", "qty", "requiredquantity", "value", "measure")
UNIT = (
    "unit", "units", "unittext", "unitofmeasure", "uom", "unitcode", "unitname", "unitshort",
    "measure",
)  # fmt: skip
NAME = ("food", "name", "ingredient", "item", "ingredientname", "foodname", "product", "label")
# UN/CEFACT's codes of units, as schema.org's `unitCode` has them; pieces have no word.
_UNIT_CODES = {
    "GRM": "g", "KGM": "kg", "MGM": "mg", "MLT": "ml", "CLT": "cl", "DLT": "dl", "LTR": "l",
    "ONZ": "oz", "LBR": "lb", "OZA": "fl oz", "G21": "cup", "G24": "tbsp", "G25": "tsp",
    "PTL": "pint", "QTL": "quart", "GLL": "gallon", "C62": "", "H87": "", "EA": "",
}  # fmt: skip
_PIECES = words("unit units item items count each pc pcs piece pieces")
# What other names of amounts have in them; a bare number of the last is of an unknown unit.
_CALLED = ("amount", "quantity", "qty", "measure", "portion", "metric", "weight", "volume", "mass")
_UNITS_UNKNOWN = ("weight", "volume", "mass")
_LEAST, _MOST = ("min", "minvalue", "minimum", "from"), ("max", "maxvalue", "maximum", "to")
_SYSTEMS = ("metric", "si", "us", "imperial")
_LAST_WORD = re.compile(r"(?:^|_|-|(?=[A-Z]))([A-Za-z][a-z]*)$")
_ALONE = re.compile(r"\s*(?:\d[\d/., ]*|[¼½¾⅓⅔⅛])\s*")
_ZEROS_BEHIND = re.compile(r"(\d+)[.,]0+")


def amount_of(field: Field, value: Mapping[str, Any]) -> str:
    """Write the amount of an entry with its unit, which may be the field's name.

    >>> entries = {"amount": "2", "unit": "cups"}, {"name": "rye", "grams": 150}, {"unit": "pinch"}
    >>> [amount_of(Field("ingredients", None), entry) for entry in entries]
    ['2 cups', '150 grams', 'pinch']

    Raises `UnusableError` for what is no amount, or one that no recipe has.
    """
    given = named(value, AMOUNT)
    said = _range(value, amount_text(field, given.value) if given else "")
    unit = _unit(field, value)
    if said and unit and not said.lower().endswith(unit.lower()):
        return f"{said} {unit}"
    if not said:
        for key, part in value.items():
            unit_of_key = _unit_of_key(str(key))
            if (not unit_of_key and not _is_called_amount(str(key))) or isinstance(part, bool):
                continue
            if said := amount_text(field, part):
                behind = unit_of_key or unit
                if not behind and is_amount(said) and plain(str(key)) in _UNITS_UNKNOWN:
                    raise no_texts(field.name, value)
                return said if has_letter(said) else f"{said} {behind}".strip()
    return said or (unit if given is None or given.value is None else "")


def _is_called_amount(key: str) -> bool:
    name = plain(key)
    return name == "count" or any(word in name for word in _CALLED)


def _unit_of_key(key: str) -> str:
    """Return the unit that a name ends with.

    >>> _unit_of_key("grams"), _unit_of_key("weight_g"), _unit_of_key("weightInGrams")
    ('grams', 'g', 'Grams')
    """
    word = _LAST_WORD.search(key)
    is_named = key.lower() in MEASURE_UNITS or _is_called_amount(key)
    return word[1] if word and is_named and word[1].lower() in MEASURE_UNITS else ""


def _range(value: Mapping[str, Any], said: str) -> str:
    """Return an amount with its upper end, where an entry has one beside it.

    >>> _range({"quantity": 2, "quantity_max": 3}, "2"), _range({"min": 2, "max": 3}, "")
    ('2-3', '2-3')
    """
    least, most = _bound(value, _LEAST), _bound(value, _MOST)
    said = said or least or most
    return f"{said}-{most}" if most and is_amount(said) and said != most else said


def _bound(value: Mapping[str, Any], names: tuple[str, ...]) -> str:
    for key, part in value.items():
        name = plain(str(key))
        for word in _CALLED:
            name = name.replace(word, "")
        if name in names and is_amount(part):
            return amount_text(Field(str(key), part), part)
    return ""


def is_bare(said: str) -> bool:
    """Tell an amount from a text that names a food, too.

    >>> is_bare("1 1/2 cups"), is_bare("2 figs")
    (True, False)
    """
    words = said.lower().split()
    return all(word[0].isnumeric() or word.strip(".-") in MEASURE_UNITS for word in words)


def text_of(field: Field, value: Mapping[str, Any], names: tuple[str, ...]) -> str:
    """Return the first text of these names, of an object its name; empty where there is none."""
    found = named(value, names)
    if found is None or is_missing(found.value):
        return ""
    if isinstance(found.value, Mapping):
        return text_of(field, found.value, (*NAME, *LINE))
    if not isinstance(found.value, str):
        raise no_texts(field.name, value)
    return found.value.strip()


def amount_text(field: Field, value: Any) -> str:
    """Write an amount as a recipe would: `2`, `0.5`, `2-3`, `200 g`; empty for none."""
    if is_missing(value):
        return ""
    if isinstance(value, Mapping):
        return _amount_of_object(field, value)
    if isinstance(value, list) and len(value) == 1:
        return amount_text(field, value[0])
    if isinstance(value, str):
        whole = _ZEROS_BEHIND.fullmatch(value.strip())
        return (whole[1] if whole else value.strip()) if value.strip(" 0.,") else ""
    if not _is_number(value) or not math.isfinite(value) or not 0 <= value <= MAX_AMOUNT:
        raise no_texts(field.name, value)
    return f"{value:.3f}".rstrip("0").rstrip(".") if value else ""


def _amount_of_object(field: Field, value: Mapping[str, Any]) -> str:
    given = named(value, AMOUNT)
    said = _range(value, amount_text(field, given.value) if given else "")
    if said or given or any(plain(str(key)) in UNIT for key in value):
        return f"{said} {_unit(field, value)}".strip()
    if value.get("numerator") and value.get("denominator"):
        return f"{value['numerator']}/{value['denominator']}"
    if systems := named(value, _SYSTEMS):
        return amount_text(field, systems.value)
    if len(value) == 1:
        (key,) = value
        return f"{amount_text(field, value[key])} {_unit_of_key(str(key))}".strip()
    raise no_texts(field.name, value)


def _unit(field: Field, value: Mapping[str, Any]) -> str:
    """Return the unit of an amount, of its food, or of one system among several."""
    unit = text_of(field, value, UNIT)
    food = named(value, NAME)
    if not unit and food and isinstance(food.value, Mapping):
        unit = text_of(field, food.value, UNIT)
    if not unit:
        texts = (part for key, part in value.items() if plain(str(key)).startswith("unit"))
        known = (part for part in texts if isinstance(part, str))
        unit = next((part for part in known if part.lower() in MEASURE_UNITS), "")
    return "" if unit.lower() in _PIECES else _UNIT_CODES.get(unit, unit)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_amount(value: Any) -> bool:
    """Tell a number, or a text of one, from any other value."""
    return _is_number(value) or (isinstance(value, str) and bool(_ALONE.fullmatch(value)))


def has_letter(text: str) -> bool:
    """Tell whether a text has words."""
    return any(character.isalpha() for character in text)
