"""Answers kept on disk, so that nothing is asked twice: not after a kill, not by the next build."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from recipe_base.errors import TopochefError
from recipe_base.files import fingerprint
from recipe_data.endpoints import Endpoint, Message, Reply
from recipe_data.sampling import DEFAULT, Sampler

DEFAULT_NAME = "answers.sqlite"
_TABLE = (
    "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, model TEXT, asked TEXT, text TEXT,"
    " finish_reason TEXT, prompt_tokens INTEGER, completion_tokens INTEGER, seconds REAL)"
)
_COLUMNS = ("text", "finish_reason", "prompt_tokens", "completion_tokens", "seconds")
_FIND = f"SELECT {', '.join(_COLUMNS)} FROM answers"
_BUSY_SECONDS = 60.0


class Cached:
    """An `Endpoint` that remembers its answers in one SQLite file, whole or not at all.

    The key is a hash of engine, model and the whole request: messages, schema, limits, sampler and
    seed. Several threads, and several processes, may share the file.
    """

    def __init__(self, endpoint: Endpoint, path: Path) -> None:
        """Open or create the file; raises `TopochefError` if it is something else."""
        self._endpoint = endpoint
        self._path = path
        self._lock = threading.Lock()
        facts = endpoint.facts()
        self._model = f"{facts['engine']}:{facts['model']}"
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._answers = sqlite3.connect(path, _BUSY_SECONDS, check_same_thread=False)
            # A kill loses nothing; only a power cut may lose the last answers.
            self._answers.execute("PRAGMA journal_mode=WAL")
            self._answers.execute("PRAGMA synchronous=NORMAL")
            with self._answers:
                self._answers.execute(_TABLE)
        except sqlite3.Error as error:
            raise self._broken(error) from error

    def facts(self) -> dict[str, Any]:
        """Return the facts of the endpoint."""
        return self._endpoint.facts()

    def complete(
        self,
        messages: Sequence[Message],
        *,
        schema: dict[str, Any] | None,
        max_tokens: int,
        sampler: Sampler = DEFAULT,
        seed: int = 0,
        on_text: Callable[[str], None] | None = None,
    ) -> Reply:
        """Return the remembered answer, or ask and remember; see `Endpoint`.

        Where two threads ask the same at once, the first answer is what both return.
        """
        request = [self._model, [*messages], schema, max_tokens, sampler.to_dict(), seed]
        key = fingerprint(request)
        if found := self._find(key):
            if on_text:
                on_text(found.text)
            return found
        reply = self._endpoint.complete(
            messages,
            schema=schema,
            max_tokens=max_tokens,
            sampler=sampler,
            seed=seed,
            on_text=on_text,
        )
        self._keep(key, messages[-1]["content"], reply)
        return self._find(key) or reply

    def _find(self, key: str) -> Reply | None:
        with self._lock:
            try:
                row = self._answers.execute(f"{_FIND} WHERE key = ?", (key,)).fetchone()
            except sqlite3.Error as error:
                raise self._broken(error) from error
        return Reply(*row) if row else None

    def _keep(self, key: str, asked: str, reply: Reply) -> None:
        told = (getattr(reply, column) for column in _COLUMNS)
        row = (key, self._model, asked, *told)
        with self._lock:
            try:
                with self._answers:
                    marks = ", ".join("?" * len(row))
                    self._answers.execute(f"INSERT OR IGNORE INTO answers VALUES ({marks})", row)
            except sqlite3.Error as error:
                raise self._broken(error) from error

    def _broken(self, error: sqlite3.Error) -> TopochefError:
        return TopochefError(
            f"{self._path} cannot be used as a cache of answers ({error}): delete it, or name "
            "another file with --cache"
        )
