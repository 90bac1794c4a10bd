"""Rows of a source, one by one: every row becomes a recipe or a counted rejection.

Memory stays flat however long the file, or a row of it, is.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

from recipe_data.errors import TopochefError
from recipe_data.schema import RawRecipe, Rejection

CSV_HEADER = ("", "title", "ingredients", "directions", "link", "source", "NER")
MAX_ROW_BYTES = 1 << 17
"""Longer rows are rejected; the longest recipes known have a tenth of this."""
MAX_DETAIL_CHARS = 160

_JSON = json.JSONDecoder(strict=False)  # raw control characters in a string are dirt, not damage

_STARTS_WITH_INDEX = re.compile(rb'"?\d+"?,')
_STARTS_A_ROW = re.compile(rb'"?\d+"?,(?:"[^"]*(?:""[^"]*)*"|[^",]*),"?\[')

Progress = Callable[[int], None]


class _Line(NamedTuple):
    data: bytes  # what stands before the line feed, at most MAX_ROW_BYTES of it
    quotes: int  # double quotes in the whole line
    is_cut: bool  # the line is longer than `data`


class _UnusableError(Exception):
    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


def read_source(path: Path, progress: Progress = lambda _: None) -> Iterator[RawRecipe | Rejection]:
    """Yield every row of a `.csv` or `.jsonl` file (also `.gz`), numbered from 1.

    CSV has RecipeNLG's columns, JSONL the keys `title`, `ingredients`, `directions`, and `url` or
    `source_repo`. A row that cannot be read is a `Rejection`, and the rows after it are still
    read: an unterminated quote ends where the next row evidently begins. `progress` is told how
    many bytes of the file have been used. Raises `TopochefError` where the file itself is wrong.
    """
    suffix = path.name.lower().removesuffix(".gz").rpartition(".")[2]
    if suffix not in ("csv", "jsonl"):
        raise TopochefError(f"{path}: unknown kind of source: give .csv or .jsonl, or either .gz")
    with _opened(path) as (stream, position):
        lines = _lines(stream)
        if suffix == "csv":
            _check_header(path, next(lines, None))
            lines, read_row = _join_csv_lines(lines), _read_csv_row
        else:
            read_row = _read_jsonl_row
        for number, line in enumerate((line for line in lines if line.data.strip()), 1):
            if number % 256 == 0:
                progress(position())
            try:
                yield read_row(number, _decoded(line))
            except _UnusableError as problem:
                yield Rejection(number, problem.reason, readable(problem.detail))
        progress(position())


def readable(text: str) -> str:
    """Cut a text to what fits a rejection, and make sure that it can be written as UTF-8."""
    return text[:MAX_DETAIL_CHARS].encode("utf-8", "replace").decode("utf-8")


@contextmanager
def _opened(path: Path) -> Iterator[tuple[BinaryIO, Callable[[], int]]]:
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


def _lines(stream: BinaryIO) -> Iterator[_Line]:
    while data := stream.readline(MAX_ROW_BYTES):
        quotes, is_cut, chunk = data.count(b'"'), False, data
        while not chunk.endswith(b"\n") and (chunk := stream.readline(MAX_ROW_BYTES)):
            quotes += chunk.count(b'"')
            is_cut = True
        yield _Line(data.rstrip(b"\r\n"), quotes, is_cut)


def _check_header(path: Path, line: _Line | None) -> None:
    if line is None:
        raise TopochefError(f"{path} is empty: expected the header {','.join(CSV_HEADER)}")
    found = line.data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    if tuple(next(csv.reader([found]), [])) != CSV_HEADER:
        raise TopochefError(
            f"{path}: the header is {found[:200]!r}, expected {','.join(CSV_HEADER)!r}: "
            "this is not a file in RecipeNLG's form"
        )


def _join_csv_lines(lines: Iterable[_Line]) -> Iterator[_Line]:
    """Join lines into rows: a row ends where its quotes are even, or where the next row begins."""
    pending: list[_Line] = []
    quotes = size = 0
    for line in lines:
        if pending and _STARTS_A_ROW.match(line.data):
            yield from _close(pending)
            pending, quotes, size = [], 0, 0
        quotes += line.quotes
        size += len(line.data)
        if pending and size > MAX_ROW_BYTES:
            pending = [pending[0]._replace(is_cut=True)]
        else:
            pending.append(line)
        if quotes % 2 == 0:
            yield from _close(pending)
            pending, quotes, size = [], 0, 0
    if pending:
        yield from _close(pending)


def _close(lines: list[_Line]) -> Iterator[_Line]:
    """Hand on joined lines as one row if they are one, else as the rows that they begin."""
    whole = _joined(lines)
    starts = [i for i, line in enumerate(lines) if i == 0 or _STARTS_WITH_INDEX.match(line.data)]
    if len(starts) == 1 or _has_all_columns(whole):
        yield whole
    else:
        for start, end in zip(starts, [*starts[1:], None], strict=True):
            yield _joined(lines[start:end])


def _joined(lines: list[_Line]) -> _Line:
    if len(lines) == 1:
        return lines[0]
    return _Line(b"\n".join(line.data for line in lines), 0, any(line.is_cut for line in lines))


def _cells(text: str) -> list[str]:
    try:
        return next(csv.reader([text]), [])
    except csv.Error:
        return []


def _has_all_columns(line: _Line) -> bool:
    return len(_cells(line.data.decode("utf-8", "replace"))) == len(CSV_HEADER)


def _read_csv_row(number: int, text: str) -> RawRecipe:
    cells = _cells(text)
    if len(cells) != len(CSV_HEADER):
        raise _UnusableError("wrong number of columns", text)
    _, title, ingredients, directions, link, source, ner = cells
    return RawRecipe(
        row=number,
        title=title,
        ingredients=_strings("ingredients", _parsed(ingredients)),
        directions=_strings("directions", _parsed(directions)),
        source=link or source,
        ner=_entities(ner),
    )


def _entities(cell: str) -> tuple[str, ...]:
    """Read the entity column leniently: nothing is built on it, so nothing is rejected for it."""
    try:
        return _strings("NER", _parsed(cell))
    except _UnusableError:
        return ()


def _read_jsonl_row(number: int, text: str) -> RawRecipe:
    row = _parsed(text)
    if not isinstance(row, dict):
        raise _UnusableError("not an object", text)
    title = row.get("title") or ""
    if not isinstance(title, str):
        raise _UnusableError("title is not a string", text)
    return RawRecipe(
        row=number,
        title=title,
        ingredients=_strings("ingredients", row.get("ingredients") or []),
        directions=_strings("directions", row.get("directions") or []),
        source=str(row.get("url") or row.get("source_repo") or ""),
    )


def _decoded(line: _Line) -> str:
    if line.is_cut or len(line.data) > MAX_ROW_BYTES:
        raise _UnusableError("row too long", line.data[:80].decode("utf-8", "replace"))
    if b"\0" in line.data:
        raise _UnusableError("NUL bytes", line.data.decode("utf-8", "replace"))
    try:
        return line.data.decode("utf-8")
    except UnicodeDecodeError as error:
        detail = line.data.decode("utf-8", "replace")
        raise _UnusableError("invalid UTF-8", f"byte {error.start}: {detail}") from error


def _parsed(text: str) -> Any:
    try:
        return _JSON.decode(text)
    except (ValueError, RecursionError) as error:
        raise _UnusableError("broken JSON", text) from error


def _strings(name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not {str}.issuperset(map(type, value)):
        raise _UnusableError("not a list of strings", f"{name}: {str(value)[:MAX_DETAIL_CHARS]}")
    return tuple(value)
