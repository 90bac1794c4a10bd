"""A JSON file, read element by element: a list of recipes, `{"recipes": […]}`, or JSON-LD."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from recipe_base.errors import TopochefError
from recipe_data.building.sources.fields import (
    JSON,
    MAX_ROW_BYTES,
    Choose,
    Progress,
    Rows,
    UnusableError,
    from_object,
)
from recipe_data.building.sources.jsonld import NO_RECIPE, from_recipe, is_linked_data, recipes_in
from recipe_data.building.sources.lines import opened
from recipe_data.building.sources.source import by_ending
from recipe_data.schema import Rejection

MAX_VALUE_CHARS = 1 << 24
"""A longer element is taken for a broken one: the file would otherwise be held as a whole."""
_CHUNK_BYTES = 1 << 18
_LONGEST_PART = len("e-5")
"""A number that ends closer to the end of what was read may go on: `0` may be `0.5`."""
_SPACE = " \t\r\n"
_NOT_UTF8 = re.compile("[\udc80-\udcff]")


def read_json(path: Path, progress: Progress, choose: Choose) -> Rows:
    """Yield the rows of a `.json` or `.jsonld` file; JSON-LD gives one row per Recipe."""
    with opened(path) as (stream, position):
        number = 0
        for text, value in _Elements(path, stream):
            for row in _rows(number + 1, text, value, choose, path.name):
                number = row.row
                yield row
            progress(position())
        if not number:
            yield Rejection(1, NO_RECIPE, path.name)


def _rows(first: int, text: str, value: Any, choose: Choose, where: str) -> Rows:
    if is_linked_data(value):
        for number, recipe in enumerate(recipes_in(value), first):
            try:
                yield from_recipe(number, recipe, choose, where)
            except UnusableError as problem:
                yield problem.rejection(number)
        return
    try:
        if len(text) > MAX_ROW_BYTES:
            raise UnusableError("row too long", text[:80])
        if _NOT_UTF8.search(text):
            raise UnusableError("invalid UTF-8", text)
        yield from_object(first, value, choose)
    except UnusableError as problem:
        yield problem.rejection(first)


class _Elements:
    """The elements of the outermost list, each with its text; a document that is none is one."""

    def __init__(self, path: Path, stream: BinaryIO) -> None:
        self._path, self._stream = path, stream
        # What is no UTF-8 spoils one row, not the file.
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._text, self._at, self._dropped, self._ended = "", 0, 0, False

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        self._fill()
        self._text = self._text.removeprefix("\ufeff")
        opening = self._peek()
        if opening == "[":
            yield from self._list()
        elif opening == "{":
            yield from self._object()
        else:
            self._fail("expected a list or an object")
        if self._peek():
            self._fail("something follows the end")

    def _list(self) -> Iterator[tuple[str, Any]]:
        self._at += 1
        if self._peek() == "]":
            self._at += 1
            return
        while True:
            yield self._value()
            mark = self._peek()
            self._at += 1
            if mark == "]":
                return
            if mark != ",":
                self._fail("expected , or ]")

    def _object(self) -> Iterator[tuple[str, Any]]:
        """Yield the elements of `recipes`, or else the whole object."""
        self._at += 1
        whole: dict[str, Any] = {}
        has_rows, mark = False, ","
        if self._peek() == "}":
            mark = "}"
            self._at += 1
        while mark == ",":
            self._peek()
            key = self._value()[1]
            if not isinstance(key, str) or self._peek() != ":":
                self._fail("expected a key and :")
            self._at += 1
            if key == "recipes" and self._peek() == "[":
                has_rows = True
                yield from self._list()
            else:
                self._peek()
                whole[key] = self._value()[1]
            mark = self._peek()
            self._at += 1
        if mark != "}":
            self._fail("expected , or }")
        if not has_rows:
            yield json.dumps(whole, ensure_ascii=False), whole

    def _value(self) -> tuple[str, Any]:
        """Decode the value that begins here, reading on until it is whole."""
        self._peek()
        while True:
            try:
                value, end = JSON.raw_decode(self._text, self._at)
            except (ValueError, RecursionError) as error:
                if self._ended or len(self._text) - self._at > MAX_VALUE_CHARS:
                    self._fail(getattr(error, "msg", str(error)))
            else:
                if self._ended or len(self._text) - end >= _LONGEST_PART:
                    text, self._at = self._text[self._at : end], end
                    return text, value
            self._fill()

    def _peek(self) -> str:
        """Skip white space; return the next character, empty at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in _SPACE:
                self._at += 1
            if self._at < len(self._text) or self._ended:
                return self._text[self._at : self._at + 1]
            self._fill()

    def _fill(self) -> None:
        data = self._stream.read(max(_CHUNK_BYTES, len(self._text) - self._at))
        self._ended = not data
        self._dropped += self._at
        self._text = self._text[self._at :] + self._decoder.decode(data, final=not data)
        self._at = 0

    def _fail(self, problem: str) -> NoReturn:
        around = self._text[self._at : self._at + 60]
        raise TopochefError(
            f"{self._path} is damaged or cut off at character {self._dropped + self._at} "
            f"({problem}; there: {around!r}): mend it or fetch it again"
        )


SOURCE = by_ending(".json", ".jsonld", read=read_json)
