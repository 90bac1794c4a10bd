"""Rows in RecipeNLG's exact CSV form, composed from the knowledge base, with gold beside them."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from recipe_base.errors import TopochefError
from recipe_base.files import atomic_open, to_json
from recipe_data.demo.dirt import Draft, dirty
from recipe_data.demo.drawing import draw_dishes
from recipe_data.demo.faults import DUPLICATE, FAULTS, plan_faults
from recipe_data.demo.knowledge import DishTemplate, dishes
from recipe_data.demo.patterns import patterns
from recipe_data.demo.recipes import Composed, compose_recipe

HEADER = ("", "title", "ingredients", "directions", "link", "source", "NER")
KEPT = "kept"
_ATTEMPTS = 40


class Row(NamedTuple):
    """A row of the CSV, and what it means."""

    cells: list[str]
    gold: dict[str, Any]
    """`row` (from 1), `title`, `dish`, `family`, `pattern` and `title_foods` where a pattern made
    the dish, `servings`, `servings_stated`, `ingredients`
    (`line` as written; `quantity`, `quantity_max`, `unit`, `name`, `preparation` in metric),
    `steps` (`text` before dirt, `actions`, `minutes`, `minutes_max`, `celsius`), `dirt`, and
    `expected`: `kept`, or the reason for which a reader rejects the row."""


def write_corpus(
    csv_path: Path, gold_path: Path, rows: int = 2400, seed: int = 7
) -> dict[str, Any]:
    """Write the demo corpus as CSV and its gold as JSON lines; return facts about them.

    The same seed writes the same bytes. Gold amounts are the exact metric values of what is
    printed, by the units and densities of `recipe_data`. Raises `TopochefError` if `rows` < 1.
    """
    if rows < 1:
        raise TopochefError(f"a corpus of {rows} rows cannot be composed: ask for at least 1")
    expected: Counter[str] = Counter()
    dirt: Counter[str] = Counter()
    with atomic_open(csv_path) as csv_file, atomic_open(gold_path) as gold_file:
        writer = csv.writer(csv_file, lineterminator="\n")
        writer.writerow(HEADER)
        for row in compose_rows(rows, seed):
            writer.writerow(row.cells)
            gold_file.write(to_json(row.gold) + "\n")
            expected[row.gold["expected"]] += 1
            dirt.update(row.gold["dirt"] or ["none"])
    return {
        "rows": rows,
        "seed": seed,
        "dishes": len(dishes()),
        "patterns": len(patterns()),
        "expected": dict(sorted(expected.items())),
        "dirt": dict(sorted(dirt.items())),
    }


def compose_rows(rows: int, seed: int) -> Iterator[Row]:
    """Yield the rows of a corpus, of which no two kept ones are alike: see `draw_dishes`."""
    rng = Random(seed)
    order = draw_dishes(rows, rng)
    faults = plan_faults(rows, rng)
    seen: set[tuple[object, ...]] = set()
    last_kept: Row | None = None
    for index, dish in enumerate(order):
        fault = faults.get(index, KEPT)
        if fault == DUPLICATE and last_kept:
            cells = [str(index), *last_kept.cells[1:]]
            yield Row(cells, {**last_kept.gold, "row": index + 1, "expected": DUPLICATE})
            continue
        row = _lay_out(_new_recipe(dish, seen, rng), index, rng)
        if spoil := FAULTS.get(fault):
            yield Row(spoil(row.cells), {**row.gold, "expected": fault})
            continue
        last_kept = row
        yield row


def _new_recipe(dish: DishTemplate, seen: set[tuple[object, ...]], rng: Random) -> Composed:
    """Compose a recipe that is not in the corpus yet; a crowded corpus may repeat one."""
    for _ in range(_ATTEMPTS):
        recipe = compose_recipe(dish, rng)
        if recipe.identity not in seen:
            break
    seen.add(recipe.identity)
    return recipe


def _lay_out(recipe: Composed, index: int, rng: Random) -> Row:
    """Make a recipe dirty and lay it out as the cells of a row, with its gold."""
    yields = (recipe.last_direction,) if recipe.last_direction else ()
    clean = Draft(
        title=recipe.title.text,
        lines=tuple(line.text for line in recipe.lines),
        directions=(*(step.text for step in recipe.steps), *yields),
    )
    draft, flags = dirty(clean, rng)
    header = (draft.header,) if draft.header else ()
    slug = "-".join(re.findall(r"[a-z]+", recipe.dish.name.lower()))
    cells = [
        str(index),
        draft.title,
        json.dumps([*header, *draft.lines]),
        json.dumps(draft.directions),
        f"www.example.com/recipes/{slug}-{index}",
        "Composed",
        json.dumps([line.name for line in recipe.lines]),
    ]
    return Row(cells, _gold(recipe, index, draft, [*recipe.habits, *flags]))


def _gold(recipe: Composed, index: int, draft: Draft, dirt: list[str]) -> dict[str, Any]:
    return {
        "row": index + 1,
        "title": recipe.title.text,
        "dish": recipe.dish.name,
        "family": recipe.dish.family,
        "pattern": recipe.dish.pattern,
        "title_foods": [food.replace("_", " ") for food in recipe.dish.foods],
        "servings": recipe.servings,
        "servings_stated": bool(recipe.last_direction) or recipe.title.states_servings,
        "ingredients": [
            {"line": written, **{k: v for k, v in line._asdict().items() if k != "text"}}
            for line, written in zip(recipe.lines, draft.lines, strict=True)
        ],
        "steps": [step._asdict() for step in recipe.steps],
        "dirt": dirt,
        "expected": KEPT,
    }
