"""The disagreements of a build as a file, and their counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from recipe_base.files import to_json
from recipe_data.converters import Check

DISAGREEMENTS = "disagreements.jsonl"


class Listing:
    """Writes what the converter and the rules read differently, in the order of the rows."""

    def __init__(self, file: TextIO | None) -> None:
        self._file = file
        self._texts = 0
        self._fields: Counter[str] = Counter()
        self._fallbacks: Counter[str] = Counter()

    def add(self, row: int, check: Check | None) -> None:
        """List the disagreements of one row; None where nothing was checked."""
        if check is None or self._file is None:
            return
        self._texts += check.texts
        self._fallbacks.update(check.fallbacks)
        for disagreement in check.disagreements:
            self._fields[disagreement.field] += 1
            self._file.write(to_json({"row": row, **disagreement._asdict()}) + "\n")

    def facts(self) -> dict[str, Any]:
        """Return the counts for the manifest; nothing where nothing was checked."""
        if self._file is None:
            return {}
        return {
            "checked_texts": self._texts,
            "disagreements": dict(sorted(self._fields.items())),
            "fallbacks": dict(sorted(self._fallbacks.items())),
        }


@contextmanager
def listing(path: Path | None) -> Iterator[Listing]:
    """Open the file, if there is one to write."""
    if path is None:
        yield Listing(None)
        return
    with path.open("w", encoding="utf-8", newline="\n") as file:
        yield Listing(file)
