"""Warnings on real published recipes, by kind; and how many of the judged ones are right.

    python tests/bench/check.py RECIPES.jsonl.gz

Published recipes should rarely warn. `tests/data/check_verdicts.json` names warnings by row and
place, and says whether a reader of the recipe agreed; what is no longer given counts nowhere.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from pathlib import Path

from recipe_data.building.cleaning import Cleaned, clean_recipe
from recipe_data.building.sources import read_source
from recipe_data.check import check_recipe
from recipe_data.schema import RawRecipe, Recipe

VERDICTS = Path(__file__).parents[1] / "data" / "check_verdicts.json"


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("--rows", type=int, default=10_000, help="drawn for the rates")
    arguments = parser.parse_args()
    raw = {row.row: row for row in read_source(arguments.source) if isinstance(row, RawRecipe)}
    drawn = random.Random(0).sample(sorted(raw), min(arguments.rows, len(raw)))
    recipes = [recipe for row in drawn if (recipe := cleaned(raw[row]))]
    counts = Counter(warning.code for recipe in recipes for warning in check_recipe(recipe))
    print(f"warnings per 1,000 of {len(recipes):,} published recipes")
    for code, count in counts.most_common():
        print(f"  {code:25} {1000 * count / len(recipes):6.1f}")
    print("judged warnings that are still given: right / all")
    for code, verdicts in json.loads(VERDICTS.read_text()).items():
        given = {row: places(raw[row], code) for row in {row for row, _, _ in verdicts}}
        right = [is_right for row, where, is_right in verdicts if where in given[row]]
        print(f"  {code:25} {sum(right):3} / {len(right):3} (of {len(verdicts)} judged)")


def cleaned(raw: RawRecipe) -> Recipe | None:
    """Return the recipe of a row, if the row is one."""
    result = clean_recipe(raw)
    return result.recipe if isinstance(result, Cleaned) else None


def places(raw: RawRecipe, code: str) -> set[str]:
    """Return where a recipe gets a warning of a kind."""
    recipe = cleaned(raw)
    return {w.where for w in check_recipe(recipe) if w.code == code} if recipe else set()


if __name__ == "__main__":
    main()
