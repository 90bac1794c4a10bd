"""What was computed before, by what it was computed from: a file that survives a kill."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from recipe_base.files import to_json


class JsonlCache:
    """A growing JSON-lines file of `{"key", "value"}`; without a path it lives in the process.

    A line that a killed process left unfinished is not read, and computed anew. Deleting the
    file costs time and nothing else.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._values: dict[str, Any] = {}
        if path and path.is_file():
            for line in path.read_bytes().splitlines():
                try:
                    row = json.loads(line)
                    self._values[row["key"]] = row["value"]
                except (ValueError, KeyError, TypeError):
                    continue

    def get(self, key: str) -> Any:
        """Return the value of a key, or None."""
        return self._values.get(key)

    def put(self, key: str, value: Any) -> None:
        """Remember a JSON value; it is in the file when this returns."""
        self._values[key] = value
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a+b") as file:
            end = file.tell()
            file.seek(max(0, end - 1))
            torn = file.read() not in (b"", b"\n")
            line = to_json({"key": key, "value": value})
            file.write((b"\n" if torn else b"") + line.encode() + b"\n")
