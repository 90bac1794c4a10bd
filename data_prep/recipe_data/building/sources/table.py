"""CSV and tables like it: RecipeNLG's, or any with a header that names its columns."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from recipe_base.errors import TopochefError
from recipe_data.building.sources.encoding import decoded
from recipe_data.building.sources.fields import (
    MAX_ROW_BYTES,
    Choose,
    Progress,
    Rows,
    UnusableError,
)
from recipe_data.building.sources.lines import Line, lines_of, opened, rows_of
from recipe_data.building.sources.names import check_columns
from recipe_data.building.sources.objects import from_object
from recipe_data.building.sources.recipenlg import (
    CSV_HEADER,
    cells,
    has_columns,
    join_by_index,
    joined,
)
from recipe_data.building.sources.source import by_ending

_EXCEL = re.compile(rb'"?sep=.?"?')
_DELIMITERS = ",;\t|"
_EXPECTED = f"expected {','.join(CSV_HEADER)}, or any with title, ingredients and directions"


class _Header(NamedTuple):
    """The columns of a table, and what stands between them."""

    columns: list[str]
    delimiter: str


def read_table(path: Path, progress: Progress, choose: Choose) -> Rows:
    """Yield the rows of a `.csv` or `.tsv` file whose columns have names that are known.

    The rows after a broken one are still read: an open quote ends where the next row evidently
    begins, or at the end of its line. The lists of a row that is not chosen are not decoded.
    """
    number = 0
    with opened(path) as (stream, position):
        lines = lines_of(stream)
        first = next(lines, None)
        if first and _EXCEL.fullmatch(first.data):
            first = next(lines, None)
        header = _header(path, first)

        def read_row(number: int, text: str, choose: Choose) -> Rows:
            values = cells(text, header.delimiter)
            while len(values) > len(header.columns) and not values[-1].strip():
                values.pop()
            if len(values) != len(header.columns):
                raise UnusableError("wrong number of columns", text)
            yield from_object(number, dict(zip(header.columns, values, strict=True)), choose)

        if header.columns[0] == "" and header.delimiter == ",":
            whole = join_by_index(lines, len(header.columns))
        else:
            whole = _join_by_quotes(lines, header)
        for row in rows_of(whole, read_row, progress, position, choose):
            number = row.row
            yield row
    if not number:
        raise TopochefError(f"{path} has a header and no rows: fetch it again")


def _header(path: Path, line: Line | None) -> _Header:
    if line is None or not line.data.strip():
        raise TopochefError(f"{path} is empty: {_EXPECTED}")
    if b"\r" in line.data:
        raise TopochefError(f"{path} ends its lines as old Macs did: save it with line feeds")
    try:
        text = decoded(line.data)
    except UnusableError as problem:
        raise TopochefError(f"{path}: the header: {problem.detail[:200]}") from problem
    delimiter = max(_DELIMITERS, key=lambda mark: len(cells(text, mark)))
    columns = [name.strip() for name in cells(text, delimiter)]
    try:
        read = check_columns(path, columns)
    except TopochefError as error:
        said = f"the header is {text[:200]!r}, {_EXPECTED}"
        raise TopochefError(f"{path}: {said}: {error}") from error
    if len(set(read)) < len(read):
        raise TopochefError(f"{path}: two columns of one name in {text[:200]!r}: rename one")
    return _Header(columns, delimiter)


def _join_by_quotes(lines: Iterator[Line], header: _Header) -> Iterator[Line]:
    """Join lines into rows that have all their columns; a line that begins none is one."""
    waiting: deque[Line] = deque()

    def following() -> Line | None:
        return waiting.popleft() if waiting else next(lines, None)

    while (line := following()) is not None:
        row, quotes, size = [line], line.quotes, len(line.data)
        while quotes % 2 and size <= MAX_ROW_BYTES and (line := following()) is not None:
            row.append(line)
            quotes += line.quotes
            size += len(line.data)
        whole = joined(row)
        is_row = quotes % 2 == 0 and has_columns(whole, len(header.columns), header.delimiter)
        if len(row) == 1 or is_row:
            yield whole
        else:
            yield row[0]
            waiting.extendleft(reversed(row[1:]))


SOURCE = by_ending(".csv", ".tsv", read=read_table)
