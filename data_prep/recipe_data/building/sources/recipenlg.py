"""RecipeNLG's CSV: JSON lists inside quoted cells, and rows that are found again after damage."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from recipe_base.errors import TopochefError
from recipe_data.building.sources.fields import (
    MAX_ROW_BYTES,
    Choose,
    Progress,
    Rows,
    UnusableError,
    entities,
    must_be_chosen,
    parsed,
    strings,
)
from recipe_data.building.sources.lines import Line, lines_of, opened, rows_of
from recipe_data.building.sources.source import by_ending
from recipe_data.schema import RawRecipe

CSV_HEADER = ("", "title", "ingredients", "directions", "link", "source", "NER")

_STARTS_WITH_INDEX = re.compile(rb'"?\d+"?,')
_STARTS_A_ROW = re.compile(rb'"?\d+"?,(?:"[^"]*(?:""[^"]*)*"|[^",]*),"?\[')


def read_csv(path: Path, progress: Progress, choose: Choose) -> Rows:
    """Yield the rows of a `.csv` file with RecipeNLG's columns.

    The rows after a broken one are still read: an unterminated quote ends where the next row
    evidently begins. The lists of a row that is not chosen are not decoded.
    """
    with opened(path) as (stream, position):
        lines = lines_of(stream)
        _check_header(path, next(lines, None))
        yield from rows_of(_join_csv_lines(lines), _read_csv_row, progress, position, choose)


def _check_header(path: Path, line: Line | None) -> None:
    if line is None:
        raise TopochefError(f"{path} is empty: expected the header {','.join(CSV_HEADER)}")
    found = line.data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    if tuple(next(csv.reader([found]), [])) != CSV_HEADER:
        raise TopochefError(
            f"{path}: the header is {found[:200]!r}, expected {','.join(CSV_HEADER)!r}: "
            "this is not a file in RecipeNLG's form"
        )


def _join_csv_lines(lines: Iterable[Line]) -> Iterator[Line]:
    """Join lines into rows: a row ends where its quotes are even, or where the next row begins."""
    pending: list[Line] = []
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


def _close(lines: list[Line]) -> Iterator[Line]:
    """Hand on joined lines as one row if they are one, else as the rows that they begin."""
    whole = _joined(lines)
    starts = [i for i, line in enumerate(lines) if i == 0 or _STARTS_WITH_INDEX.match(line.data)]
    if len(starts) == 1 or _has_all_columns(whole):
        yield whole
    else:
        for start, end in zip(starts, [*starts[1:], None], strict=True):
            yield _joined(lines[start:end])


def _joined(lines: list[Line]) -> Line:
    if len(lines) == 1:
        return lines[0]
    return Line(b"\n".join(line.data for line in lines), 0, any(line.is_cut for line in lines))


def _cells(text: str) -> list[str]:
    try:
        return next(csv.reader([text]), [])
    except csv.Error:
        return []


def _has_all_columns(line: Line) -> bool:
    return len(_cells(line.data.decode("utf-8", "replace"))) == len(CSV_HEADER)


def _read_csv_row(number: int, text: str, choose: Choose) -> RawRecipe:
    cells = _cells(text)
    if len(cells) != len(CSV_HEADER):
        raise UnusableError("wrong number of columns", text)
    _, title, ingredients, directions, link, source, ner = cells
    must_be_chosen(title, choose)
    return RawRecipe(
        row=number,
        title=title,
        ingredients=strings("ingredients", parsed(ingredients)),
        directions=strings("directions", parsed(directions)),
        source=link or source,
        ner=entities(ner),
    )


SOURCE = by_ending(".csv", read=read_csv)
