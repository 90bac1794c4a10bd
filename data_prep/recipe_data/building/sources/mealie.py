"""Mealie's backup: a database as JSON, whose tables are joined to recipes."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from recipe_data.building.sources.lines import opened

BACKUP = "database.json"
_INGREDIENTS, _STEPS = "recipes_ingredients", "recipe_instructions"


def is_backup(path: Path) -> bool:
    """Tell Mealie's backup from other files of that name by its tables."""
    return path.name == BACKUP and _INGREDIENTS in _tables(path)


def recipes_of_backup(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the recipes of a backup in the form in which Mealie exports one."""
    tables = _tables(path)
    names = {
        row["id"]: row.get("name")
        for table in ("ingredient_units", "ingredient_foods")
        for row in tables.get(table, [])
    }
    ingredients, steps = _by_recipe(tables, _INGREDIENTS), _by_recipe(tables, _STEPS)
    for recipe in tables.get("recipes", []):
        yield {
            "name": recipe.get("name"),
            "recipeYield": recipe.get("recipe_yield"),
            "recipeServings": recipe.get("recipe_servings"),
            "orgURL": recipe.get("org_url"),
            "recipeIngredient": [
                {
                    **row,
                    "unit": names.get(row.get("unit_id")),
                    "food": names.get(row.get("food_id")),
                }
                for row in ingredients[recipe.get("id")]
            ],
            "recipeInstructions": [
                {"@type": "HowToStep", "text": row.get("text")} for row in steps[recipe.get("id")]
            ],
        }


def _tables(path: Path) -> dict[str, list[dict[str, Any]]]:
    with opened(path) as (stream, _):
        try:
            found = json.load(stream)
        except ValueError:
            return {}
    return found if isinstance(found, dict) else {}


def _by_recipe(tables: dict[str, Any], name: str) -> dict[Any, list[dict[str, Any]]]:
    found: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for row in sorted(tables.get(name, []), key=lambda row: row.get("position") or 0):
        found[row.get("recipe_id")].append(row)
    return found
