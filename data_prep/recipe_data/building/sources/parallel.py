"""Columns beside each other: the amounts of a list of foods, and recipes kept by their fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from recipe_data.building.sources.amounts import has_letter
from recipe_data.building.sources.fields import UnusableError
from recipe_data.building.sources.leniently import is_list_in_text, list_in_text
from recipe_data.building.sources.names import (
    AMOUNTS,
    DIRECTIONS,
    INGREDIENTS,
    TITLE,
    UNITS,
    Field,
    is_missing,
    named,
)


def in_parallel(row: Mapping[str, Any], foods: Field) -> Field | None:
    """Join foods with their amounts and units in lists of their own; None where a row has none.

    Numbers without units are not read: nobody knows of what they are amounts.

    >>> row = {"foods": ["rice", "figs"], "quantity": ["200", "2"], "unit": ["g", ""]}
    >>> [entry["amount"] for entry in in_parallel(row, Field("foods", row["foods"])).value]
    ['200 g', '2']

    Raises `UnusableError` for lists of different lengths.
    """
    names, amounts, units = (_list(field) for field in (foods, *_beside(row)))
    if not names or not amounts:
        return None
    texts = [_text(amount) for amount in amounts]
    if not units and not any(map(has_letter, texts)):
        return None
    if len(texts) != len(names) or (units and len(units) != len(names)):
        raise UnusableError(
            "amounts and ingredients of different number",
            f"{len(texts)} amounts, {len(units)} units, {len(names)} of {foods.name}: write each "
            "ingredient with its amount",
        )
    of_units = [_text(unit) for unit in units] or [""] * len(names)
    entries = [
        {"name": _text(name), "amount": f"{text} {unit}".strip()}
        for name, text, unit in zip(names, texts, of_units, strict=True)
    ]
    return Field(foods.name, entries)


def _beside(row: Mapping[str, Any]) -> tuple[Field | None, Field | None]:
    return named(row, AMOUNTS), named(row, UNITS)


def _list(field: Field | None) -> list[Any]:
    value = field.value if field else None
    if isinstance(value, str) and is_list_in_text(value):
        value = list_in_text(value)
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        value = value.get("text") or value.get("name")
    return "" if is_missing(value) else str(value).strip()


def rows_in_columns(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table that is kept by its columns, as pandas and `datasets` write it.

    >>> list(rows_in_columns({"title": {"0": "Rice"}, "ingredients": {"0": ["rice"]}}))
    [{'title': 'Rice', 'ingredients': ['rice']}]
    >>> list(rows_in_columns({"columns": ["title"], "index": [0], "data": [["Rice"]]}))
    [{'title': 'Rice'}]
    """
    if not isinstance(value, dict):
        return
    names, rows = value.get("columns"), value.get("data")
    if isinstance(names, list) and isinstance(rows, list):
        for row in rows:
            if isinstance(row, list) and len(row) == len(names):
                yield dict(zip(map(str, names), row, strict=True))
        return
    columns = [named(value, names) for names in (TITLE, INGREDIENTS, DIRECTIONS)]
    found = [column.value for column in columns if column]
    if not found or len({_size(column) for column in found}) > 1:
        return
    if all(isinstance(column, dict) for column in found):
        keys = list(found[0])
        if all(list(column) == keys for column in found):
            for key in keys:
                yield {name: _cell(column, key) for name, column in value.items()}
    elif _size(found[0]) > 1 and all(map(_is_column, found[1:])):
        for place in range(len(found[0])):
            yield {name: _cell(column, place) for name, column in value.items()}


def _size(column: Any) -> int:
    return len(column) if isinstance(column, list | dict) else -1


def _is_column(column: Any) -> bool:
    return isinstance(column, list) and all(
        isinstance(cell, list) or (isinstance(cell, str) and "\n" in cell) for cell in column
    )


def _cell(column: Any, key: Any) -> Any:
    if isinstance(column, dict):
        return column.get(key)
    return column[key] if isinstance(column, list) and key < len(column) else None
