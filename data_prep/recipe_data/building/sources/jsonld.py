"""Where the recipes of a JSON value stand: schema.org's Recipe, or objects with its fields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from recipe_data.building.sources.fields import Choose, Rows, UnusableError
from recipe_data.building.sources.names import looks_like_recipe, plain
from recipe_data.building.sources.objects import from_object
from recipe_data.building.sources.parallel import rows_in_columns

NO_RECIPE = "no recipe in the document"
MAX_DEPTH = 20


def is_linked_data(value: Any) -> bool:
    """Tell a JSON-LD object from one with the keys of a recipe row.

    >>> is_linked_data({"@type": "Recipe"}), is_linked_data({"title": "Rice"})
    (True, False)
    """
    return isinstance(value, dict) and any(key.startswith("@") for key in value)


def recipes_in(document: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Yield every Recipe of a document in order: the document, a list's, an `@graph`'s, a page's.

    >>> page = {"@graph": [{"@type": "WebPage"}, {"@type": ["Recipe"], "name": "Rice"}]}
    >>> [recipe["name"] for recipe in recipes_in(page)]
    ['Rice']
    """
    if depth > MAX_DEPTH:
        return
    if isinstance(document, dict):
        if "recipe" in _kinds(document):
            yield document
            return
        document = list(document.values())
    if isinstance(document, list):
        for value in document:
            yield from recipes_in(value, depth + 1)


def rows_of_value(first: int, value: Any, choose: Choose, where: str = "") -> Rows:
    """Yield the recipes of a JSON value, numbered from `first`, or a rejection where it has none.

    `where` is the source of a Recipe that names no address of its own.

    >>> rice = {"name": "Rice", "ingredients": ["rice"], "steps": ["Boil."]}
    >>> [row.title for row in rows_of_value(1, {"data": {"1": rice}}, lambda title: None)]
    ['Rice']
    """
    linked = is_linked_data(value)
    recipes = list(recipes_in(value)) if linked else _recipes_within(value)
    for number, recipe in enumerate(recipes, first):
        try:
            yield from_object(number, recipe, choose, where if linked else "")
        except UnusableError as problem:
            yield problem.rejection(number)


def _recipes_within(value: Any) -> list[Any]:
    """Return the objects with the fields of a recipe; the value itself where there is none."""
    if rows := list(rows_in_columns(value)):
        return rows
    if looks_like_recipe(value):
        return [value]
    return list(_objects(value, 0)) or [value]


def _objects(value: Any, depth: int) -> Iterator[Any]:
    """Yield recipes wherever they stand, and all that stands in one list with a recipe."""
    parts = list(value.values()) if isinstance(value, dict) else value
    if depth > MAX_DEPTH or not isinstance(parts, list):
        return
    all_rows = isinstance(value, list) or all(isinstance(part, dict) for part in parts)
    beside = all_rows and any(map(looks_like_recipe, parts))
    for part in parts:
        if is_linked_data(part):
            yield from recipes_in(part)
        elif beside or looks_like_recipe(part):
            yield part
        else:
            yield from _objects(part, depth + 1)


def _kinds(node: dict[str, Any]) -> list[str]:
    """Return the types of a node, plain and without vocabulary: `schema.org/Recipe` → `recipe`."""
    kinds = node.get("@type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return [plain(kind) for kind in kinds if isinstance(kind, str)]
