"""JSON: a list of recipes, `{"recipes": […]}`, JSON-LD, an object a line, or one recipe."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from recipe_base.errors import TopochefError
from recipe_data.building.sources.elements import Elements
from recipe_data.building.sources.encoding import REMEDY, decoded
from recipe_data.building.sources.fields import Choose, Progress, Rows, UnusableError
from recipe_data.building.sources.jsonld import NO_RECIPE, rows_of_value
from recipe_data.building.sources.leniently import JSON, documents, list_in_text
from recipe_data.building.sources.lines import lines_of, opened, rows_of
from recipe_data.building.sources.mealie import is_backup, recipes_of_backup
from recipe_data.building.sources.source import by_ending
from recipe_data.schema import Rejection

_NOT_UTF8 = re.compile("[\udc80-\udcff]")


def read_json(path: Path, progress: Progress, choose: Choose) -> Rows:
    """Yield the rows of a JSON file, read element by element, or line by line where it has lines.

    JSON-LD gives one row per Recipe.
    """
    if is_backup(path):
        for number, recipe in enumerate(recipes_of_backup(path), 1):
            yield from rows_of_value(number, recipe, choose)
        return
    if _form(path) == "lines":
        yield from _read_lines(path, progress, choose)
        return
    with opened(path) as (stream, position):
        number = 0
        for text, value in Elements(path, stream):
            for row in _rows(number + 1, text, value, choose, path.name):
                number = row.row
                yield row
            progress(position())
        if not number:
            yield Rejection(1, NO_RECIPE, path.name)


def read_json_lines(path: Path, progress: Progress, choose: Choose) -> Rows:
    """Yield the rows of a file of JSON lines, or of the document that bears its ending."""
    read = read_json if _form(path) == "document" else _read_lines
    yield from read(path, progress, choose)


def _read_lines(path: Path, progress: Progress, choose: Choose) -> Rows:
    with opened(path) as (stream, position):
        number = 0
        for row in rows_of(lines_of(stream), _read_line, progress, position, choose):
            number = row.row
            yield row
        if not number:
            raise TopochefError(f"{path} is empty: expected a JSON object a line: fetch it again")


def _read_line(number: int, text: str, choose: Choose) -> Rows:
    values = [list_in_text(text)] if text.lstrip().startswith("{'") else list(documents(text))
    for value in values:
        for row in rows_of_value(number, value, choose):
            number = row.row + 1
            yield row


def _form(path: Path) -> str:
    """Tell lines of whole objects from a document by the first line; empty where both may be."""
    with opened(path) as (stream, _):
        lines = (line for line in lines_of(stream) if line.data.strip())
        first, second = next(lines, None), next(lines, None)
    if first is None:
        return ""
    begins = first.data.strip()
    if (begins == b"{" and second) or (begins.startswith(b"[") and first.is_cut):
        return "document"
    try:
        whole = isinstance(JSON.decode(begins.decode("utf-8", "replace")), dict)
    except (ValueError, RecursionError):
        return "document" if begins.startswith(b"[") else ""
    return "lines" if whole and second and second.data.lstrip().startswith(b"{") else ""


def _rows(first: int, text: str, value: Any, choose: Choose, where: str) -> Rows:
    try:
        if _NOT_UTF8.search(text):  # what is no UTF-8 spoils one row, not the file
            value = JSON.decode(decoded(_bytes(text)))
        yield from rows_of_value(first, value, choose, where)
    except UnusableError as problem:
        yield problem.rejection(first)


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:  # half a character, escaped, beside what is no UTF-8
        raise UnusableError("invalid UTF-8", f"{REMEDY}: {text}") from error


LINES = by_ending(".jsonl", ".ndjson", read=read_json_lines)
SOURCE = by_ending(".json", ".jsonld", ".melarecipe", ".paprikarecipe", read=read_json)
