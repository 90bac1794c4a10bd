"""The one file of the history: made when something is kept, and safe beside other writers."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import chain
from pathlib import Path

from recipe_base.errors import TopochefError, disk_problem

APPLICATION = int.from_bytes(b"Topo")
"""Marks the file as ours: nothing is written into another program's."""
BUSY_SECONDS = 5.0
_CHANGES = (
    (
        "CREATE TABLE dishes (id INTEGER PRIMARY KEY AUTOINCREMENT, cooked_at TEXT NOT NULL,"
        " title TEXT NOT NULL, servings INTEGER, favourite INTEGER NOT NULL DEFAULT 0,"
        " dish TEXT NOT NULL)",
        "CREATE VIRTUAL TABLE words USING fts5(title, ingredients, steps,"
        " tokenize = 'porter unicode61 remove_diacritics 2')",
        f"PRAGMA application_id = {APPLICATION}",
    ),
    ("CREATE TABLE others (id INTEGER PRIMARY KEY, beside INTEGER NOT NULL, dish TEXT NOT NULL)",),
)
"""What makes the tables of each version out of those of the one before."""
VERSION = len(_CHANGES)
"""Of the tables, as `user_version`."""
_ELSEWHERE = "or name another file with --history"
_DAMAGED = "it is damaged, or no history of recipe-cook: move it away, and a new one is begun"
_CLOSED = "it cannot be opened or written: change its permissions and those of its folder"
_REMEDIES = {
    sqlite3.SQLITE_FULL: "the disk is full: free some space",
    sqlite3.SQLITE_IOERR: "the disk does not take or give it: is it full, or gone?",
    sqlite3.SQLITE_READONLY: _CLOSED,
    sqlite3.SQLITE_CANTOPEN: _CLOSED,
    sqlite3.SQLITE_PERM: _CLOSED,
    sqlite3.SQLITE_BUSY: f"another process has written to it for {BUSY_SECONDS:.0f} s: try again",
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
}


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection | None]:
    """Give the file to be read, None where nothing was kept yet; nothing is made or changed.

    What a killed writer left half-written is taken back: a connection that only reads may not.

    Raises `TopochefError` for a file that is no history, is damaged, or was written by a newer
    version.
    """
    with _told(path):
        if not path.exists():
            yield None
            return
        with closing(_connected(f"{path.absolute().as_uri()}?mode=rw")) as connection:
            yield connection if _version(connection, path) else None


@contextmanager
def writing(path: Path) -> Iterator[sqlite3.Connection]:
    """Give the file in a transaction of its own: all that the block does is kept, or nothing.

    Others wait meanwhile. What is deleted is overwritten. A file of an earlier version gets the
    tables of this one. Raises `TopochefError` as `reading` does, and where the disk does not take
    it.
    """
    with _told(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))  # for its owner only
        with closing(_connected(path.absolute().as_uri())) as connection:
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("BEGIN IMMEDIATE")
            try:
                for statement in chain(*_CHANGES[_version(connection, path) :]):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {VERSION}")
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:  # a full disk has ended it already
                    connection.execute("ROLLBACK")
                raise


def _connected(uri: str) -> sqlite3.Connection:
    return sqlite3.connect(uri, BUSY_SECONDS, isolation_level=None, uri=True)


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """Return that of a history, 0 of an empty file; raises `TopochefError` for anything else."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application == APPLICATION and version > VERSION:
        raise TopochefError(
            f"{path} was written by a newer recipe-cook (its tables are of version {version}, this "
            f"one knows {VERSION}): update topochef, {_ELSEWHERE}"
        )
    if tables and application != APPLICATION:
        raise TopochefError(f"{path} belongs to another program: name another file with --history")
    return int(version) if tables else 0


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say in one line what is wrong with the file, and what to do."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0)  # its low byte is the kind
        remedy = _REMEDIES.get(code & 0xFF, str(error))
        raise TopochefError(f"{path}: {remedy}, {_ELSEWHERE}") from error
    except OSError as error:
        problem = disk_problem(error) or f"{path}: {error.strerror}: {_ELSEWHERE[3:]}"
        raise TopochefError(problem) from error
