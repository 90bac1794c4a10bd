"""Rows of RecipeNLG's CSV, which begin with a number: found again after damage."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator

from recipe_data.building.sources.fields import MAX_ROW_BYTES
from recipe_data.building.sources.lines import Line

CSV_HEADER = ("", "title", "ingredients", "directions", "link", "source", "NER")

_STARTS_WITH_INDEX = re.compile(rb'"?\d+"?,')
_STARTS_A_ROW = re.compile(rb'"?\d+"?,(?:"[^"]*(?:""[^"]*)*"|[^",]*),"?\[')


def join_by_index(lines: Iterable[Line], columns: int = len(CSV_HEADER)) -> Iterator[Line]:
    """Join lines into rows: a row ends where its quotes are even, or where the next row begins."""
    pending: list[Line] = []
    quotes = size = 0
    for line in lines:
        if pending and _STARTS_A_ROW.match(line.data):
            yield from _close(pending, columns)
            pending, quotes, size = [], 0, 0
        quotes += line.quotes
        size += len(line.data)
        if pending and size > MAX_ROW_BYTES:
            pending = [pending[0]._replace(is_cut=True)]
        else:
            pending.append(line)
        if quotes % 2 == 0:
            yield from _close(pending, columns)
            pending, quotes, size = [], 0, 0
    if pending:
        yield from _close(pending, columns)


def _close(lines: list[Line], columns: int) -> Iterator[Line]:
    """Hand on joined lines as one row if they are one, else as the rows that they begin."""
    whole = joined(lines)
    starts = [i for i, line in enumerate(lines) if i == 0 or _STARTS_WITH_INDEX.match(line.data)]
    if len(starts) == 1 or has_columns(whole, columns):
        yield whole
    else:
        for start, end in zip(starts, [*starts[1:], None], strict=True):
            yield joined(lines[start:end])


def joined(lines: list[Line]) -> Line:
    if len(lines) == 1:
        return lines[0]
    return Line(b"\n".join(line.data for line in lines), 0, any(line.is_cut for line in lines))


def cells(text: str, delimiter: str = ",") -> list[str]:
    """Return the cells of a row; none where it cannot be taken apart."""
    try:
        return next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error:
        return []


def has_columns(line: Line, columns: int, delimiter: str = ",") -> bool:
    """Tell whether a line has all its cells."""
    return len(cells(line.data.decode("utf-8", "replace"), delimiter)) == columns
