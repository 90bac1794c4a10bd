"""A JSON file element by element: memory holds one, whatever the size of the file."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from recipe_base.errors import TopochefError
from recipe_data.building.sources.leniently import JSON, mended
from recipe_data.building.sources.names import looks_like_recipe

MAX_VALUE_CHARS = 1 << 24
"""A longer element is taken for a broken one: the file would otherwise be held as a whole."""
_CHUNK_BYTES = 1 << 18
_LONGEST_PART = len("e-5")
"""A number that ends closer to the end of what was read may go on: `0` may be `0.5`."""
_SPACE = " \t\r\n"


class Elements:
    """The elements of the outermost list, each with its text; a document that is none is one."""

    def __init__(self, path: Path, stream: BinaryIO) -> None:
        self._path, self._stream = path, stream
        # What is no UTF-8 spoils one row, not the file.
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._text, self._at, self._dropped, self._ended = "", 0, 0, False
        self._count = 0

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        self._fill()
        opening = self._peek()
        while (mark := self._peek()) and mark in "[{":  # some write one behind another
            yield from self._list() if mark == "[" else self._object()
            while (mark := self._peek()) and mark in ";,":
                self._at += 1
        if not opening:
            raise TopochefError(
                f"{self._path} is empty, so damaged or cut off (expected a list or an object): "
                "fetch it again"
            )
        if mark:
            begins = opening in "[{"
            self._fail("something follows the end" if begins else "expected a list or an object")

    def _list(self) -> Iterator[tuple[str, Any]]:
        self._at += 1
        while True:
            if self._peek() == "]":  # of an empty list, or behind a comma too many
                self._at += 1
                return
            yield self._value()
            self._count += 1
            mark = self._peek()
            self._at += 1
            if mark == "]":
                return
            if mark != ",":
                self._fail("expected , or ]")

    def _object(self) -> Iterator[tuple[str, Any]]:
        """Yield the elements of `recipes`, or recipes by any key, or else the whole object."""
        self._at += 1
        whole: dict[str, Any] = {}
        has_rows, mark = False, ","
        while mark == ",":
            if self._peek() == "}":  # of an empty object, or behind a comma too many
                self._at += 1
                mark = "}"
                break
            key = self._value()[1]
            if not isinstance(key, str) or self._peek() != ":":
                self._fail("expected a key and :")
            self._at += 1
            if key == "recipes" and self._peek() == "[":
                has_rows = True
                yield from self._list()
            else:
                text, value = self._value()
                is_row = isinstance(value, dict) and not whole and not key.startswith("@")
                if is_row and (has_rows or looks_like_recipe(value)):
                    has_rows = True
                    yield text, value
                else:
                    whole[key] = value
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
                if self._mended(error):
                    continue
                if self._ended or len(self._text) - self._at > MAX_VALUE_CHARS:
                    self._fail(getattr(error, "msg", str(error)))
            else:
                if self._ended or len(self._text) - end >= _LONGEST_PART:
                    text, self._at = self._text[self._at : end], end
                    return text, value
            self._fill()

    def _mended(self, error: Exception) -> bool:
        """Take out commas and escapes too many, where one is what is wrong."""
        at = getattr(error, "pos", len(self._text))
        if self._text[at : at + 1] not in (",", "]", "}", "\\"):
            return False
        before = self._text[self._at :]
        self._text = self._text[: self._at] + mended(before)
        return self._text[self._at :] != before

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
            f"{self._path} is damaged or cut off at character {self._dropped + self._at}, in row "
            f"{self._count + 1} ({problem}; there: {around!r}): mend it or fetch it again"
        )
