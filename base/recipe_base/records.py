"""Records: rows, facts, and the folders that hold them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recipe_base.errors import TopochefError
from recipe_base.files import read_jsonl, read_manifest, read_object, write_jsonl, write_object


@dataclass(frozen=True)
class Rows:
    """A record of one JSON object a line."""

    path: Path
    made_by: str
    """The command that writes it, for who has not run it yet."""

    def read(self) -> Iterator[dict[str, Any]]:
        """Yield the rows; raises `TopochefError` naming the command if there is no such file."""
        return read_jsonl(self.path, self.made_by)

    def write(self, rows: Iterable[Any]) -> int:
        """Write all rows or nothing; return how many."""
        return write_jsonl(self.path, rows)

    def there(self) -> bool:
        """Tell whether it was written."""
        return self.path.is_file()


@dataclass(frozen=True)
class Facts:
    """A record of one JSON object."""

    path: Path
    made_by: str

    def read(self) -> dict[str, Any]:
        """Return the object; raises `TopochefError` naming the command if there is no such file."""
        if not self.path.is_file():
            raise TopochefError(f"{self.path} does not exist: run `{self.made_by}` first")
        return read_object(self.path, f"delete it and run `{self.made_by}`")

    def read_if_there(self) -> dict[str, Any] | None:
        """Return the object; None where it was not written."""
        return self.read() if self.there() else None

    def write(self, value: Any) -> None:
        """Write the whole object or nothing."""
        write_object(self.path, value)

    def there(self) -> bool:
        """Tell whether it was written."""
        return self.path.is_file()


@dataclass(frozen=True)
class Folder:
    """A folder of records, whose manifest has the facts of every stage that wrote into it."""

    folder: Path

    @property
    def cache(self) -> Path:
        """What may be deleted at the cost of time."""
        return self.folder / ".cache"

    @property
    def manifest(self) -> dict[str, Any]:
        """The facts of every stage, by its name; empty where none was run."""
        return read_manifest(self.folder)
