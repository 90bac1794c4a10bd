"""What an entry of an ingredient list says of its amount, in whatever fields."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from recipe_data.building.sources.fields import no_texts
from recipe_data.building.sources.names import Field, is_missing, named, plain
from recipe_data.language.units import MEASURE_UNITS

MAX_AMOUNT = 1_000_000

LINE = (
    "display", "originaltext", "original", "originalstring", "text", "rawtext", "raw", "line",
    "displaytext", "fulltext", "string", "@value",
)  # fmt: skip
AMOUNT = ("amount", "quantity", "qty", "requiredquantity", "value", "measure")
UNIT = ("unit", "units", "unittext", "unitofmeasure", "uom", "unitcode", "measure")
NAME = ("food", "name", "ingredient", "item", "ingredientname", "foodname", "product", "label")
# UN/CEFACT's codes of units, as schema.org's `unitCode` has them; pieces have no word.
_UNIT_CODES = {
    "GRM": "g", "KGM": "kg", "MGM": "mg", "MLT": "ml", "CLT": "cl", "DLT": "dl", "LTR": "l",
    "ONZ": "oz", "LBR": "lb", "OZA": "fl oz", "G21": "cup", "G24": "tbsp", "G25": "tsp",
    "PTL": "pint", "QTL": "quart", "GLL": "gallon", "C62": "", "H87": "", "EA": "",
}  # fmt: skip
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
    said = amount_text(field, given.value) if given else ""
    unit = _unit(field, value)
    if said and unit and not said.lower().endswith(unit.lower()):
        return f"{said} {unit}"
    if not said:
        for key, part in value.items():
            is_unit = str(key).lower() in MEASURE_UNITS
            if not is_unit and not _is_called_amount(str(key), part):
                continue
            if said := amount_text(field, part):
                behind = str(key) if is_unit else unit
                return said if has_letter(said) else f"{said} {behind}".strip()
    return said or (unit if given is None or given.value is None else "")


def _is_called_amount(key: str, value: Any) -> bool:
    name = plain(key)
    return ("amount" in name or "quantity" in name) and not isinstance(value, bool)


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
        least, most = (named(value, (name, name[:3])) for name in ("minvalue", "maxvalue"))
        given = named(value, AMOUNT) or least or most
        said = amount_text(field, given.value if given else None)
        if least and most and not is_missing(least.value) and not is_missing(most.value):
            said = f"{amount_text(field, least.value)}-{amount_text(field, most.value)}"
        return f"{said} {_unit(field, value)}".strip()
    if isinstance(value, str):
        whole = _ZEROS_BEHIND.fullmatch(value.strip())
        return (whole[1] if whole else value.strip()) if value.strip(" 0.,") else ""
    if not _is_number(value) or not math.isfinite(value) or not 0 <= value <= MAX_AMOUNT:
        raise no_texts(field.name, value)
    return f"{value:.3f}".rstrip("0").rstrip(".") if value else ""


def _unit(field: Field, value: Mapping[str, Any]) -> str:
    unit = text_of(field, value, UNIT)
    return _UNIT_CODES.get(unit, unit)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_amount(value: Any) -> bool:
    """Tell a number, or a text of one, from any other value."""
    return _is_number(value) or (isinstance(value, str) and bool(_ALONE.fullmatch(value)))


def has_letter(text: str) -> bool:
    """Tell whether a text has words."""
    return any(character.isalpha() for character in text)
