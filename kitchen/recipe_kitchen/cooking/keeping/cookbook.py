"""The history as one JSON-LD document: a cookbook that recipe managers and the data stage read."""

from __future__ import annotations

import json
from collections.abc import Iterable

from recipe_kitchen.cooking.keeping.history import Kept
from recipe_kitchen.cooking.linked import as_linked_data, in_a_page


def as_cookbook(recipes: Iterable[Kept]) -> str:
    """Return the recipes as an `@graph`, each with the time at which it was cooked."""
    graph = []
    for entry, dish in recipes:
        recipe = as_linked_data(dish)
        del recipe["@context"]  # of the whole document
        graph.append({**recipe, "dateCreated": entry.cooked_at})
    return in_a_page(
        json.dumps(
            {"@context": "https://schema.org", "@graph": graph}, ensure_ascii=False, indent=2
        )
    )
