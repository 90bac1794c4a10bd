"""A small cookbook, as the files that people have."""

from __future__ import annotations

import json
from pathlib import Path

BOOK = {
    "Lemon Rice": (["250 g rice", "2 lemons", "30 g butter"], ["Boil the rice.", "Add juice."]),
    "Rice Salad": (["200 g rice", "1 cucumber"], ["Boil the rice.", "Stir."]),
    "Spaghetti with Bacon and Egg": (
        ["320 g spaghetti", "3 eggs", "100 g bacon"],
        ["Boil the spaghetti for 9 minutes.", "Stir in the eggs."],
    ),
    "Chocolate Cake": (["200 g chocolate", "150 g flour"], ["Bake at 180 °C for 30 minutes."]),
    "Walnut Rice": (["200 g rice", "50 g walnuts"], ["Boil the rice.", "Add the walnuts."]),
    "Bean Soup": (["200 g beans", "1 onion"], ["Simmer the beans for 60 minutes."]),
}


def write_book(folder: Path, book: dict[str, tuple[list[str], list[str]]] | None = None) -> Path:
    """Write the recipes as `book.jsonl`; return its path."""
    path = folder / "book.jsonl"
    rows = [
        {"title": title, "ingredients": lines, "directions": steps}
        for title, (lines, steps) in (BOOK if book is None else book).items()
    ]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path
