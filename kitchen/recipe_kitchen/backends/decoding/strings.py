"""JSON while it is written: which strings of which lists are finished, and where they stand."""

from __future__ import annotations

import json
import re
from typing import NamedTuple


class Item(NamedTuple):
    """A finished string of a list that is the value of a key; offsets are bytes of the text."""

    key: str
    former: tuple[str, ...]
    """The strings of the list before it."""
    text: str
    start: int
    """Behind its opening quote."""
    raw: bytes
    """As it is written between the quotes."""
    before: int
    """Where the last one ended: the offset of what stands between the two; for the first, 0."""

    def offset(self, char: int) -> int:
        """Return where a character of `text` is written.

        >>> Item("a", (), "½ cup", 5, "½ cup".encode(), 0).offset(2)
        8
        """
        at = 0
        for _ in range(char):
            at += _width(self.raw, at)
        return self.start + at


class _List:
    def __init__(self, key: str | None, opened: int) -> None:
        self.key = key
        self.anchor = opened
        self.items: list[str] = []


class _Object:
    def __init__(self) -> None:
        self.key: str | None = None
        self.expects_key = True


class Strings:
    """Reads valid JSON byte by byte, as far as it is there."""

    def __init__(self) -> None:
        """Begin before the first byte."""
        self._position = 0
        self._open: list[_List | _Object] = []
        self._string: bytearray | None = None
        self._escaped = False

    @property
    def key(self) -> str | None:
        """The key of the list that is being written; None anywhere else."""
        return self._open[-1].key if self._open and isinstance(self._open[-1], _List) else None

    @property
    def is_first(self) -> bool:
        """Whether no string of the list that is being written is finished."""
        return bool(self._open and isinstance(self._open[-1], _List) and not self._open[-1].items)

    @property
    def anchor(self) -> int:
        """Where the last string of this list ended, or the list began: the offset of its mark."""
        last = self._open[-1]
        return last.anchor if isinstance(last, _List) else self._position

    def feed(self, data: bytes) -> list[Item]:
        """Read on; return the strings of lists that were finished."""
        found = []
        for byte in data:
            if self._string is None:
                self._mark(chr(byte))
            elif byte == 0x22 and not self._escaped:
                if item := self._finished(bytes(self._string)):
                    found.append(item)
                self._string = None
            else:
                self._string.append(byte)
                self._escaped = byte == 0x5C and not self._escaped
            self._position += 1
        return found

    def _mark(self, char: str) -> None:
        last = self._open[-1] if self._open else None
        if char == '"':
            self._string, self._escaped = bytearray(), False
        elif char == "{":
            self._open.append(_Object())
        elif char == "[":
            key = last.key if isinstance(last, _Object) else None
            self._open.append(_List(key, self._position))
        elif char in "}]":
            self._open.pop()
        elif isinstance(last, _Object) and char in ":,":
            last.expects_key = char == ","

    def _finished(self, raw: bytes) -> Item | None:
        last = self._open[-1] if self._open else None
        text = _decoded(raw)
        if isinstance(last, _Object) and last.expects_key:
            last.key = text
        if not isinstance(last, _List):
            return None
        before = last.anchor + 1 if last.items else 0
        item = None
        if last.key is not None:
            start = self._position - len(raw)
            item = Item(last.key, tuple(last.items), text, start, raw, before)
        last.items.append(text)
        last.anchor = self._position
        return item


def _decoded(raw: bytes) -> str:
    text: str = json.loads(b'"' + raw + b'"')
    return text


def _width(raw: bytes, at: int) -> int:
    r"""Return how many bytes write the character at an offset.

    >>> [_width(rb'\u00bd\n', 0), _width("½".encode(), 0), _width(rb"\ud83c\udf5a", 0)]
    [6, 2, 12]
    """
    if raw[at] != 0x5C:
        end = at + 1
        while end < len(raw) and raw[end] & 0xC0 == 0x80:
            end += 1
        return end - at
    if raw[at + 1 : at + 2] != b"u":
        return 2
    pair = re.compile(rb"\\u[dD][89abAB]..\\u[dD][c-fC-F]").match(raw, at)
    return 12 if pair else 6
