"""Lines of a plain or gzipped file, with a bound on what is held of each."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from recipe_base.errors import TopochefError
from recipe_data.building.sources.fields import (
    MAX_ROW_BYTES,
    Choose,
    Progress,
    Rows,
    UnusableError,
    from_object,
    parsed,
)
from recipe_data.building.sources.source import by_ending
from recipe_data.schema import RawRecipe

ReadRow = Callable[[int, str, Choose], RawRecipe]


class Line(NamedTuple):
    """One line of a file, or several that are one row."""

    data: bytes  # what stands before the line feed, at most MAX_ROW_BYTES of it
    quotes: int  # double quotes in the whole line
    is_cut: bool  # the line is longer than `data`


@contextmanager
def opened(path: Path) -> Iterator[tuple[BinaryIO, Callable[[], int]]]:
    """Open a file, unzip it where it ends in `.gz`; give the bytes and how many are used."""
    try:
        with path.open("rb") as file:
            if path.name.lower().endswith(".gz"):
                with gzip.GzipFile(fileobj=file) as stream:
                    yield cast(BinaryIO, stream), file.tell
            else:
                yield file, file.tell
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
    """Read every line that is not blank as one row, numbered from 1."""
    for number, line in enumerate((line for line in lines if line.data.strip()), 1):
        if number % 256 == 0:
            progress(position())
        try:
            yield read_row(number, _decoded(line), choose)
        except UnusableError as problem:
            yield problem.rejection(number)
    progress(position())


def read_json_lines(path: Path, progress: Progress, choose: Choose) -> Rows:
    """Yield the rows of a `.jsonl` file: an object a line."""
    with opened(path) as (stream, position):
        yield from rows_of(lines_of(stream), _read_json_line, progress, position, choose)


def _read_json_line(number: int, text: str, choose: Choose) -> RawRecipe:
    row = parsed(text)
    try:
        return from_object(number, row, choose)
    except UnusableError as problem:
        if problem.reason in ("not an object", "title is not a string"):
            problem.detail = text  # as the file has it
        raise


def _decoded(line: Line) -> str:
    if line.is_cut or len(line.data) > MAX_ROW_BYTES:
        raise UnusableError("row too long", line.data[:80].decode("utf-8", "replace"))
    if b"\0" in line.data:
        raise UnusableError("NUL bytes", line.data.decode("utf-8", "replace"))
    try:
        return line.data.decode("utf-8")
    except UnicodeDecodeError as error:
        detail = line.data.decode("utf-8", "replace")
        raise UnusableError("invalid UTF-8", f"byte {error.start}: {detail}") from error


SOURCE = by_ending(".jsonl", read=read_json_lines)
