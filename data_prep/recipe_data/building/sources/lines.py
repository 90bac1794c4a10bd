"""Lines of a plain or gzipped file, with a bound on what is held of each."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from recipe_base.errors import TopochefError
from recipe_data.building.sources.encoding import as_utf8, decoded
from recipe_data.building.sources.fields import (
    MAX_ROW_BYTES,
    Choose,
    Progress,
    Rows,
    UnusableError,
)

ReadRow = Callable[[int, str, Choose], Rows]
"""Yields the rows of a line, numbered from the one that it is given."""
_GZIP = b"\x1f\x8b"


class Line(NamedTuple):
    """One line of a file, or several that are one row."""

    data: bytes  # what stands before the line feed, at most MAX_ROW_BYTES of it
    quotes: int  # double quotes in the whole line
    is_cut: bool  # the line is longer than `data`


@contextmanager
def opened(path: Path) -> Iterator[tuple[BinaryIO, Callable[[], int]]]:
    """Open a file, unzipped and as UTF-8; give the bytes and how many of the file are used."""
    try:
        with path.open("rb") as file:
            if path.name.lower().endswith(".gz") or file.peek(2).startswith(_GZIP):
                with gzip.GzipFile(fileobj=file) as stream:
                    yield as_utf8(cast(BinaryIO, stream)), file.tell
            else:
                yield as_utf8(file), file.tell
    except FileNotFoundError as error:
        raise TopochefError(f"{path} does not exist: give the path of a recipe file") from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise TopochefError(f"{path} is damaged or cut off ({error}): fetch it again") from error
    except OSError as error:
        raise TopochefError(f"{path} cannot be read: {error.strerror or error}") from error


def lines_of(stream: BinaryIO) -> Iterator[Line]:
    """Yield every line, cut to `MAX_ROW_BYTES`."""
    while data := stream.readline(MAX_ROW_BYTES):
        quotes, is_cut, chunk = data.count(b'"'), False, data
        while not chunk.endswith(b"\n") and (chunk := stream.readline(MAX_ROW_BYTES)):
            quotes += chunk.count(b'"')
            is_cut = True
        yield Line(data.rstrip(b"\r\n"), quotes, is_cut)


def rows_of(
    lines: Iterator[Line],
    read_row: ReadRow,
    progress: Progress,
    position: Callable[[], int],
    choose: Choose,
) -> Rows:
    """Read every line that is not blank, its rows numbered from 1."""
    number = 0
    for count, line in enumerate((line for line in lines if line.data.strip()), 1):
        if count % 256 == 0:
            progress(position())
        try:
            for row in read_row(number + 1, _decoded(line), choose):
                number = row.row
                yield row
        except UnusableError as problem:
            number += 1
            yield problem.rejection(number)
    progress(position())


def _decoded(line: Line) -> str:
    if line.is_cut or len(line.data) > MAX_ROW_BYTES:
        raise UnusableError("row too long", line.data[:80].decode("utf-8", "replace"))
    if b"\0" in line.data:
        raise UnusableError("NUL bytes", line.data.decode("utf-8", "replace"))
    return decoded(line.data)
