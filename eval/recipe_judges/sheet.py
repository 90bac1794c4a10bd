"""A sheet for people who rate recipes: blind, shuffled, and read back by `recipe-eval agree`."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from recipe_base.errors import TopochefError
from recipe_base.files import atomic_open, fingerprint, write_text
from recipe_base.look import pages
from recipe_eval.generating.requests import read_requests
from recipe_judges.candidates import Candidate, candidates, drawn
from recipe_judges.ratings import COLUMNS
from recipe_judges.rubric import CRITERIA, VERDICTS, Criterion

HEADER = (*COLUMNS, "question", "title", "servings", "recipe")
_MOST_CHARS = 2000  # of a text that is no recipe; a cell holds 32,767
_STARTS_A_FORMULA = ("=", "+", "-", "@")


class Item(NamedTuple):
    """One recipe to rate."""

    name: str
    """`item-001`: says nothing of where it comes from."""
    run: str
    candidate: Candidate


def write_sheet(
    runs: Sequence[Path], data: Path, titles: int, seed: int, output: Path
) -> tuple[Path, int]:
    """Write a sheet of every run's recipe for `titles` test titles, and the key beside it.

    A title's recipes stand anywhere in the sheet. A CSV sheet has one row for each recipe and
    criterion, with the recipe in the first; an HTML sheet is a page on which to choose, that saves
    such a file. Failed generations are there as they were written. The key is `OUTPUT.key.json`.
    Returns its path and the number of recipes. Raises `TopochefError` if either file is there: it
    may hold somebody's work.
    """
    key = output.with_name(f"{output.name}.key.json")
    for path in (output, key):
        if path.exists():
            raise TopochefError(f"{path} is there already: move it away, or name another --output")
    names = [run.resolve().name for run in runs]
    if len(set(names)) < len(names):
        raise TopochefError(f"{', '.join(names)}: name each run once")
    items = _items(runs, names, data, titles, seed)
    known = {item.name: {"run": item.run, "id": item.candidate.request.id} for item in items}
    facts = {"seed": seed, "sheet": output.name, "items": known}
    write_text(key, json.dumps(facts, ensure_ascii=False, indent=2) + "\n")
    if output.suffix == ".html":
        write_text(output, _page(items))
    else:
        _write_csv(items, output)
    return key, len(items)


def _items(
    runs: Sequence[Path], names: Sequence[str], data: Path, titles: int, seed: int
) -> list[Item]:
    requests = read_requests(data)
    wanted = drawn(requests, titles, seed)
    found = [
        (name, candidate)
        for run, name in zip(runs, names, strict=True)
        for candidate in candidates(run, requests)
        if candidate.request.id in wanted
    ]
    random.Random(f"{seed} order").shuffle(found)
    return [Item(f"item-{i:03}", name, one) for i, (name, one) in enumerate(found, 1)]


def _page(items: Sequence[Item]) -> str:
    shown = [(item.name, item.candidate.request, _lines(item.candidate)) for item in items]
    return (
        pages("recipe_judges", escape=True)
        .get_template("sheet.html.j2")
        .render(
            items=shown,
            criteria=CRITERIA,
            verdicts=VERDICTS,
            columns=COLUMNS,
            sheet=fingerprint([[name, request.title, lines] for name, request, lines in shown])[
                :12
            ],
        )
    )


def _write_csv(items: Sequence[Item], output: Path) -> None:
    with atomic_open(output) as f:
        f.write("\ufeff")  # without it, spreadsheets read UTF-8 as something else
        writer = csv.writer(f)
        writer.writerow(HEADER)
        writer.writerows(row for item in items for row in _rows(item))


def _rows(item: Item) -> list[list[str]]:
    request = item.candidate.request
    recipe = "\n".join(_lines(item.candidate))
    shown = [request.title, str(request.servings or ""), recipe]
    return [
        [item.name, "", criterion.name, "", _asked(criterion), *map(safe_cell, cells)]
        for criterion, cells in zip(
            CRITERIA, (shown, *([""] * len(shown) for _ in CRITERIA[1:])), strict=True
        )
    ]


def _asked(criterion: Criterion) -> str:
    answers = " or ".join(VERDICTS)
    return f"{criterion.question} ({answers}; pass: {criterion.passes}; fail: {criterion.fails})"


def _lines(candidate: Candidate) -> list[str]:
    """Return a recipe for a person to read, or what was written in its place."""
    if candidate.recipe is None:
        return [_visible(candidate.text[:_MOST_CHARS]) or "(nothing was written)"]
    steps = (f"{i}. {step}" for i, step in enumerate(candidate.recipe.instructions, 1))
    return [*map(_visible, ("Ingredients:", *candidate.recipe.ingredients, "", "Steps:", *steps))]


def _visible(text: str) -> str:
    """Return a text without control characters and halves of characters."""
    return "".join(c for c in text if c.isprintable() or c == "\n")


def safe_cell(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula.

    >>> safe_cell("=HYPERLINK(1)"), safe_cell("2 eggs")
    ("'=HYPERLINK(1)", '2 eggs')
    """
    return f"'{text}" if text.lstrip().startswith(_STARTS_A_FORMULA) else text
