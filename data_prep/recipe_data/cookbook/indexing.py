"""`recipe-data index`: a source of recipes becomes one SQLite file, by words and by meaning.

Tables: `facts` (one JSON document), `recipes`, `rejected`, `words` (full text of titles and foods),
`terms` (how many titles have a word), `vectors` (MiniLM of the titles, float16, in blocks).
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from recipe_base.console import position_bar, progress_bar
from recipe_base.errors import TopochefError
from recipe_base.files import atomic_path, to_json
from recipe_data.answers import render_ingredient
from recipe_data.building.compact import Hashes
from recipe_data.building.converting import Converted, Outcome, Work, Written, convert_all
from recipe_data.building.sources import identity, read_source, source_size
from recipe_data.cookbook.file import FORMAT, facts_of, stamp
from recipe_data.cookbook.minilm import DIMENSIONS, NAME, MiniLM
from recipe_data.cookbook.words import TOKENIZER
from recipe_data.schema import Recipe, Rejection

BLOCK = 4096
"""Vectors of a row of `vectors`."""
_TABLES = f"""
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    CREATE TABLE facts (json TEXT);
    CREATE TABLE recipes (id INTEGER PRIMARY KEY, title TEXT, ingredients TEXT, foods TEXT,
        steps TEXT, source TEXT);
    CREATE TABLE rejected (row INTEGER, reason TEXT, detail TEXT);
    CREATE TABLE vectors (block INTEGER PRIMARY KEY, rows BLOB);
    CREATE VIRTUAL TABLE words USING fts5(title, foods, content='', tokenize='{TOKENIZER}');
    CREATE VIRTUAL TABLE terms USING fts5vocab(words, 'col');
"""


def write_index(source: Path, output: Path, workers: int = 1) -> tuple[dict[str, Any], bool]:
    """Index a source into a file that appears whole; return its facts, and whether it is new.

    An index of the same content is left as it is. Raises `TopochefError` if `output` is no index
    of ours, or if the source leaves no recipe.
    """
    if not source.exists():
        raise TopochefError(f"{source} does not exist: give a file or a folder of recipes")
    now = stamp(source)  # before it is read: what is written to it meanwhile makes it another
    inputs = {**identity(source), "format": FORMAT, "model": NAME}
    if (known := facts_of(output)) and known["inputs"] == inputs:
        if known["stamp"] != now:
            known = {**known, "stamp": now}
            _replace_facts(output, known)
        return known, False
    facts = {"inputs": inputs, "stamp": now}
    with atomic_path(output) as part:
        book = sqlite3.connect(part)
        try:
            book.executescript(_TABLES)
            facts |= _fill(book, source, workers)
            book.execute("INSERT INTO facts VALUES (?)", (to_json(facts),))
            book.execute("INSERT INTO words(words) VALUES ('optimize')")
            book.commit()
        except sqlite3.OperationalError as error:
            raise TopochefError(
                f"{output}: {error}: free some space, or choose another folder"
            ) from error
        finally:
            book.close()
    return facts, True


def _replace_facts(path: Path, facts: dict[str, Any]) -> None:
    try:
        with closing(sqlite3.connect(path)) as book, book:
            book.execute("UPDATE facts SET json = ?", (to_json(facts),))
    except sqlite3.OperationalError as error:  # on a disk that is only read it is looked at anew
        if "readonly" not in str(error):
            raise TopochefError(
                f"{path}: {error}: run the same command again, or delete the file"
            ) from error


def _fill(book: sqlite3.Connection, source: Path, workers: int) -> dict[str, Any]:
    model = MiniLM()  # a package that is missing is told before the long part
    reasons: Counter[str] = Counter()
    with position_bar("Reading", source_size(source)) as progress:
        rows = read_source(source, progress)
        kept = _kept(convert_all(rows, Work(tasks=frozenset()), workers), book, reasons)
        titles = [_insert(book, number, recipe) for number, recipe in enumerate(kept)]
    if not titles:
        first = book.execute("SELECT row, reason, detail FROM rejected LIMIT 3").fetchall()
        shown = "; ".join(f"row {row}: {reason}: {detail}" for row, reason, detail in first)
        raise TopochefError(f"{source}: no recipe could be kept ({shown})")
    _insert_vectors(book, titles, model)
    return {
        "recipes": len(titles),
        "rejected": dict(sorted(reasons.items())),
        "dimensions": DIMENSIONS,
    }


def _kept(
    outcomes: Iterable[Outcome], book: sqlite3.Connection, reasons: Counter[str]
) -> Iterator[Recipe]:
    """Yield the recipes, each once; what is rejected is written down and counted."""
    seen = Hashes()
    for outcome in outcomes:
        if isinstance(outcome, Converted) and not seen.add(outcome.identity):
            outcome = outcome.duplicate()
        if isinstance(outcome, Rejection):
            reasons[outcome.reason] += 1
            book.execute(
                "INSERT INTO rejected VALUES (?, ?, ?)",
                (outcome.row, outcome.reason, outcome.detail),
            )
        else:
            yield Recipe.from_dict(json.loads(Written(*json.loads(outcome.line)).recipe))


def _insert(book: sqlite3.Connection, number: int, recipe: Recipe) -> str:
    foods = [item.name for item in recipe.ingredients]
    book.execute(
        "INSERT INTO recipes VALUES (?, ?, ?, ?, ?, ?)",
        (
            number,
            recipe.title,
            to_json([render_ingredient(item) for item in recipe.ingredients]),
            to_json(foods),
            to_json([step.text for step in recipe.instructions]),
            recipe.source,
        ),
    )
    book.execute(
        "INSERT INTO words(rowid, title, foods) VALUES (?, ?, ?)",
        (number, recipe.title, "\n".join(foods)),
    )
    return recipe.title


def _insert_vectors(book: sqlite3.Connection, titles: list[str], model: MiniLM) -> None:
    import numpy as np

    with progress_bar("Embedding titles", len(titles)) as advance:
        for number, start in enumerate(range(0, len(titles), BLOCK)):
            rows = model.encode(titles[start : start + BLOCK], advance).astype(np.float16)
            book.execute("INSERT INTO vectors VALUES (?, ?)", (number, rows.tobytes()))
