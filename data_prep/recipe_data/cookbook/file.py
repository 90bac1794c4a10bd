"""The file of an index: what it says of itself, and of which state of a source it is."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

from recipe_base.errors import TopochefError
from recipe_base.files import fingerprint

FORMAT = 1
"""Raised when an index says more or less: one of another number is made anew."""


def stamp(source: Path) -> str:
    """Name the state of a source by its files' names, sizes and times: nothing is read."""
    from recipe_data.building.sources import source_files

    states = ((str(file), file.stat()) for file in source_files(source))
    return fingerprint([(name, state.st_size, state.st_mtime_ns) for name, state in states])


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
