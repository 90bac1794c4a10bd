"""A recipe from an object or the row of a table, by whatever names and in whatever forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recipe_data.building.servings import servings_of
from recipe_data.building.sources.fields import (
    MAX_DETAIL_CHARS,
    Choose,
    UnusableError,
    bounded,
    entities,
    must_be_chosen,
)
from recipe_data.building.sources.lines_in_text import unescaped
from recipe_data.building.sources.method import Method
from recipe_data.building.sources.names import (
    DIRECTIONS,
    INGREDIENTS,
    ORIGIN,
    SERVINGS,
    TITLE,
    Field,
    every,
    is_missing,
    named,
    numbered,
    required,
)
from recipe_data.building.sources.parallel import in_parallel
from recipe_data.building.sources.supplies import ingredient_lines
from recipe_data.schema import RawRecipe

_EATERS = ("servingstext", "recipeyieldtext", "yieldtext", "servingsunit", "yieldunit")


def from_object(number: int, row: Any, choose: Choose, where: str = "") -> RawRecipe:
    """Read an object by its fields; `where` is its source if it names none of its own.

    A number of servings becomes a last step that says so, as in other sources.

    >>> row = {"name": "Rice", "ingredients": ["rice"], "method": "Boil.", "serves": 4}
    >>> from_object(1, row, lambda title: None).directions
    ('Boil.', 'Serves 4.')

    Raises `UnusableError` for a row without a title, ingredients or directions, or whose are in a
    form that is not known.
    """
    if not isinstance(row, Mapping):
        raise UnusableError("not an object", str(row)[:MAX_DETAIL_CHARS])
    try:
        return _from_fields(number, row, choose, where)
    except RecursionError as error:
        raise UnusableError("nested too deeply", "write its lists as texts") from error


def _from_fields(number: int, row: Mapping[str, Any], choose: Choose, where: str) -> RawRecipe:
    title = _title(required(row, TITLE, "title"))
    must_be_chosen(title, choose)
    given = _steps_by_number(row) or required(row, DIRECTIONS, "directions")
    method = Method(given.name, given.value)
    supplies = _supplies(row, given)
    steps = tuple(method.steps)
    return bounded(
        RawRecipe(
            row=number,
            title=title,
            ingredients=tuple(ingredient_lines(supplies.name, supplies.value)),
            directions=steps + _served(row) if steps else (),
            source=_origin(row) or where,
            ner=entities(row.get("NER")),
            left_out=method.left_out,
        )
    )


def _title(field: Field) -> str:
    title = field.value
    if isinstance(title, list):
        title = next((part for part in title if not is_missing(part)), "")
    if isinstance(title, Mapping):
        title = title.get("@value") or title.get("text") or title
    if not isinstance(title, str | None):
        raise UnusableError("title is not a string", str(field.value)[:MAX_DETAIL_CHARS])
    return unescaped(title or "")


def _supplies(row: Mapping[str, Any], directions: Field) -> Field:
    """Return the ingredients: numbered fields, a field, or what the steps list, as Tandoor does."""
    if listed := numbered(row, "ingredient", "measure", "quantity", "amount", "unit"):
        return listed
    found = named(row, INGREDIENTS)
    if found and (beside := in_parallel(row, found)):
        return beside
    if (found is None or found.value is None) and isinstance(directions.value, list):
        steps = [step for step in directions.value if isinstance(step, dict)]
        if any(step.get("ingredients") for step in steps):
            return Field(directions.name, [step.get("ingredients") for step in steps])
    return found or required(row, INGREDIENTS, "ingredients")


def _steps_by_number(row: Mapping[str, Any]) -> Field | None:
    for what in ("step", "direction", "instruction"):
        if listed := numbered(row, what):
            return listed
    return None


def _served(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Word a number of servings as a step that `take_from_steps` understands."""
    eaters = named(row, _EATERS)
    for _, value in every(row, SERVINGS):
        if eaters and isinstance(eaters.value, str) and isinstance(value, int | float):
            value = f"{value} {eaters.value}"
        if servings := servings_of(value):
            return (f"Serves {servings}.",)
    return ()


def _origin(row: Mapping[str, Any]) -> str:
    for _, value in every(row, ORIGIN):
        if isinstance(value, list):
            value = value[0]
        if isinstance(value, Mapping):
            value = value.get("@id") or value.get("url") or value.get("name")
        if isinstance(value, str) and value.strip():
            return value
    return ""
