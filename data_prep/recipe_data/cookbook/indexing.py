"""`recipe-data index`: a source of recipes becomes one SQLite file, by words and by meaning.

Tables: `facts` (one JSON document), `recipes`, `rejected`, `words` (full text of titles and foods),
`terms` (how many titles have a word), `vectors` (MiniLM of the titles, float16, in blocks).
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from recipe_base.console import position_bar, progress_bar
from recipe_base.errors import TopochefError, disk_problem
from recipe_base.files import atomic_path, fingerprint, to_json
from recipe_data.answers import render_ingredient
from recipe_data.building.compact import Hashes
from recipe_data.building.converting import Converted, Outcome, Work, Written, convert_all
from recipe_data.building.sources import identity, read_source, source_files, source_size
from recipe_data.cookbook.minilm import DIMENSIONS, NAME, MiniLM
from recipe_data.cookbook.words import TOKENIZER
from recipe_data.schema import Recipe, Rejection

FORMAT = 1
"""Raised when an index says more or less: one of another number is made anew."""
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


def stamp(source: Path) -> str:
    """Name the state of a source by its files' names, sizes and times: nothing is read."""
    states = ((str(file), file.stat()) for file in source_files(source))
    return fingerprint([(name, state.st_size, state.st_mtime_ns) for name, state in states])


def write_index(source: Path, output: Path, workers: int = 1) -> tuple[dict[str, Any], bool]:
    """Index a source into a file that appears whole; return its facts, and whether it is new.

    An index of the same content is left as it is. Raises `TopochefError` if `output` is no index
    of ours, or if the source leaves no recipe.
    """
    if not source.exists():
        raise TopochefError(f"{source} does not exist: give a file or a folder of recipes")
    inputs = {**identity(source), "format": FORMAT, "model": NAME}
    if (known := facts_of(output)) and known["inputs"] == inputs:
        if known["stamp"] != (now := stamp(source)):
            known = {**known, "stamp": now}
            _replace_facts(output, known)
        return known, False
    facts = {"inputs": inputs, "stamp": stamp(source)}
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


def facts_of(path: Path) -> dict[str, Any] | None:
    """Return what an index says of itself; None where there is none, or one of an older format.

    Raises `TopochefError` where the file is something else: it is never replaced.
    """
    if not path.exists():
        return None
    try:
        book = opened(path)
        try:
            (text,) = book.execute("SELECT json FROM facts").fetchone()
        finally:
            book.close()
        facts: dict[str, Any] = json.loads(text)
        return facts if facts["inputs"]["format"] == FORMAT else None
    except (sqlite3.Error, TypeError, ValueError, KeyError) as error:
        raise TopochefError(
            f"{path} is no index of recipes ({error}): choose another name, or delete it"
        ) from error


def opened(path: Path) -> sqlite3.Connection:
    """Open a file of SQLite for reading alone, for whichever thread."""
    name = f"file:{quote(str(path))}?mode=ro"
    return sqlite3.connect(name, uri=True, check_same_thread=False)


def _replace_facts(path: Path, facts: dict[str, Any]) -> None:
    try:
        book = sqlite3.connect(path)
        with book:
            book.execute("UPDATE facts SET json = ?", (to_json(facts),))
        book.close()
    except sqlite3.OperationalError as error:  # on a disk that is only read it is looked at anew
        if disk_problem(error) is None and "readonly" not in str(error):
            raise TopochefError(f"{path}: {error}") from error


def _fill(book: sqlite3.Connection, source: Path, workers: int) -> dict[str, Any]:
    reasons: Counter[str] = Counter()
    with position_bar("Reading", source_size(source)) as progress:
        rows = read_source(source, progress)
        kept = _kept(convert_all(rows, Work(tasks=frozenset()), workers), book, reasons)
        titles = [_insert(book, number, recipe) for number, recipe in enumerate(kept)]
    if not titles:
        first = book.execute("SELECT row, reason, detail FROM rejected LIMIT 3").fetchall()
        shown = "; ".join(f"row {row}: {reason}: {detail}" for row, reason, detail in first)
        raise TopochefError(f"{source}: no recipe could be kept ({shown})")
    _insert_vectors(book, titles)
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


def _insert_vectors(book: sqlite3.Connection, titles: list[str]) -> None:
    import numpy as np

    model = MiniLM()
    with progress_bar("Embedding titles", len(titles)) as advance:
        for number, start in enumerate(range(0, len(titles), BLOCK)):
            rows = model.encode(titles[start : start + BLOCK], advance).astype(np.float16)
            book.execute("INSERT INTO vectors VALUES (?, ?)", (number, rows.tobytes()))
