"""schema.org's Recipe in JSON-LD: where it stands in a document, and what its fields say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from recipe_data.building.servings import take_from_steps
from recipe_data.building.sources.fields import (
    MAX_DETAIL_CHARS,
    Choose,
    UnusableError,
    bounded,
    must_be_chosen,
)
from recipe_data.schema import RawRecipe

NO_RECIPE = "no recipe in the document"
MAX_DEPTH = 20

_LINE_END = re.compile(r"\s*(?:\n|\r|<br\s*/?>|</?(?:p|li|ul|ol|div)(?:\s[^<>]*)?>)\s*", re.I)


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
        if "Recipe" in _kinds(document):
            yield document
            return
        document = list(document.values())
    if isinstance(document, list):
        for value in document:
            yield from recipes_in(value, depth + 1)


def from_recipe(number: int, recipe: dict[str, Any], choose: Choose, where: str) -> RawRecipe:
    """Read a Recipe; `where` is its source if it names no address of its own.

    A yield in servings becomes a last step that says so, as in other sources.

    >>> rice = {"name": "Rice", "recipeYield": ["4"], "recipeIngredient": ["1 cup rice"],
    ...         "recipeInstructions": [{"@type": "HowToStep", "text": "Boil."}]}
    >>> from_recipe(1, rice, lambda title: None, "rice.html").directions
    ('Boil.', 'Serves 4.')
    """
    name = recipe.get("name") or recipe.get("headline") or ""
    title = name[0] if isinstance(name, list) and name else name
    if not isinstance(title, str):
        raise UnusableError("title is not a string", str(name)[:MAX_DETAIL_CHARS])
    must_be_chosen(title, choose)
    lines = recipe.get("recipeIngredient") or recipe.get("ingredients") or []
    steps = tuple(_steps(recipe.get("recipeInstructions") or []))
    return bounded(
        RawRecipe(
            row=number,
            title=title,
            ingredients=tuple(_texts("recipeIngredient", lines)),
            directions=steps + _servings(recipe.get("recipeYield")) if steps else (),
            source=_address(recipe) or where,
        )
    )


def _kinds(node: dict[str, Any]) -> list[str]:
    """Return the types of a node without their vocabulary: `schema.org/Recipe` → `Recipe`."""
    kinds = node.get("@type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return [kind.rpartition("/")[2].rpartition(":")[2] for kind in kinds if isinstance(kind, str)]


def _texts(name: str, value: Any) -> Iterator[str]:
    """Yield the lines of a text or of a list of texts."""
    for text in value if isinstance(value, list) else [value]:
        if not isinstance(text, str):
            raise UnusableError("not a list of strings", f"{name}: {str(value)[:MAX_DETAIL_CHARS]}")
        yield from (line for line in _LINE_END.split(text) if line.strip())


def _steps(value: Any, depth: int = 0) -> Iterator[str]:
    """Yield the steps of texts, HowToSteps and HowToSections; a section's name is no step."""
    if isinstance(value, list) and depth <= MAX_DEPTH:
        for part in value:
            yield from _steps(part, depth + 1)
    elif isinstance(value, dict) and depth <= MAX_DEPTH:
        text = value.get("text") or value.get("itemListElement") or value.get("item")
        yield from _steps(text or value.get("name") or value.get("description") or [], depth + 1)
    else:
        yield from _texts("recipeInstructions", value)


def _servings(value: Any) -> tuple[str, ...]:
    """Word a yield as a step that `take_from_steps` understands; leave out any other.

    >>> _servings("4 servings"), _servings(6), _servings(["2", "2 people"]), _servings("1 loaf")
    (('Serves 4.',), ('Serves 6.',), ('Serves 2.',), ())
    """
    for text in value if isinstance(value, list) else [value]:
        said = str(text).strip().rstrip(".") if isinstance(text, str | int | float) else ""
        said = said.removesuffix(".0")
        for sentence in (f"Serves {said}." if said.isdecimal() else "", f"{said}."):
            servings = take_from_steps([sentence])[1] if sentence else None
            if servings:
                return (f"Serves {servings}.",)
    return ()


def _address(recipe: dict[str, Any]) -> str:
    for key in ("url", "mainEntityOfPage", "@id"):
        value = recipe.get(key)
        value = value.get("@id") if isinstance(value, dict) else value
        if isinstance(value, str) and value:
            return value
    return ""
