"""What is written of a run that is not finished: whole rows, kept whatever ended the session."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from recipe_base.errors import TopochefError, naming
from recipe_base.files import to_json
from recipe_kitchen.request import Request


class Part:
    """Rows in the order in which they came; what is missing is asked for by the next session."""

    def __init__(self, path: Path, groups: Sequence[Sequence[Request]], file: IO[bytes]) -> None:
        """Take what `opened` found."""
        self._path = path
        self._groups = groups
        names = [request.id for group in groups for request in group]
        self._known = set(names)
        if len(names) > len(self._known):
            twice = next(name for i, name in enumerate(names) if name in names[:i])
            raise TopochefError(f"the data have two rows {twice!r}: give each an id of its own")
        self._file = file
        self._rows: dict[str, bytes] = {}

    @classmethod
    @contextmanager
    def opened(cls, path: Path, groups: Sequence[Sequence[Request]]) -> Iterator[Part]:
        """Open for appending behind the last whole row of the last whole group.

        `groups` are requests that are written in one go: all of one are kept, or none. Raises
        `TopochefError` if the file holds rows of other requests.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        with naming(path), path.open("a+b") as file:
            part = cls(path, groups, file)
            part._read()
            yield part

    def todo(self) -> list[Sequence[Request]]:
        """Return the groups that are not written yet."""
        return [group for group in self._groups if group[0].id not in self._rows]

    def add(self, rows: Sequence[dict[str, Any]]) -> None:
        """Write the rows of a group, so that a kill loses none of them."""
        lines = {row["id"]: to_json(row).encode() + b"\n" for row in rows}
        self._file.write(b"".join(lines.values()))
        self._file.flush()
        self._rows |= lines

    def lines(self) -> Iterator[bytes]:
        """Yield all rows in the order of the requests."""
        for group in self._groups:
            for request in group:
                yield self._rows[request.id]

    def _read(self) -> None:
        """Keep the rows up to the first of a group that is not whole; cut off what follows."""
        self._file.seek(0)
        found = [(self._id_of(line), line) for line in self._file if line.endswith(b"\n")]
        there = {name for name, _ in found}
        whole = {
            request.id
            for group in self._groups
            if all(request.id in there for request in group)
            for request in group
        }
        for name, line in found:
            if name not in whole:
                break
            self._rows[name] = line
        self._file.truncate(sum(map(len, self._rows.values())))

    def _id_of(self, line: bytes) -> str:
        try:
            name = str(json.loads(line)["id"])
        except (ValueError, LookupError, TypeError, RecursionError):
            name = ""
        if name not in self._known:
            raise TopochefError(f"{self._path} holds rows of other data: delete it")
        return name
