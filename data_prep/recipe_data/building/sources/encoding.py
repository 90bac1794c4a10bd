"""Bytes of files people have: UTF-8 with or without its mark, UTF-16, UTF-32, Windows-1252."""

from __future__ import annotations

import codecs
import io
import re
from typing import BinaryIO, cast

from recipe_data.building.sources.fields import UnusableError

REMEDY = "save the file as UTF-8"
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like that of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HEAD_BYTES = 1 << 10
_CHARS = 1 << 14
# Words of Western Europe have at most two accented letters in a row, no capital behind a small
# letter and no signs inside: else it is another encoding.
_NO_WORD = re.compile(
    r"[À-ÖØ-öø-ÿŠŒŽšœžŸ]{3}|[a-z][À-ÖØ-ÞŠŒŽŸ]|[A-Za-z][¡-©¬-¯±-´¶¸¹¿][A-Za-zà-öø-ÿ]"
)
_MULTIPLE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")


def decoded(data: bytes) -> str:
    """Decode UTF-8; or else Windows-1252 where its words can be words.

    >>> decoded("sauté".encode()), decoded("sauté 1½ onions – 180°C".encode("cp1252"))
    ('sauté', 'sauté 1½ onions – 180°C')

    Raises `UnusableError` for other encodings, and for texts of two.
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        problem = error
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        text = ""
    if not text or _MULTIPLE.search(data) or _NO_WORD.search(text):
        detail = data[:1000].decode("utf-8", "replace")
        raise UnusableError("invalid UTF-8", f"byte {problem.start}: {REMEDY}: {detail}")
    return text


def as_utf8(stream: BinaryIO) -> BinaryIO:
    """Return a stream of the same text without a mark in front, UTF-16 and UTF-32 as UTF-8."""
    buffered = io.BufferedReader(cast(io.RawIOBase, stream))
    head = buffered.peek(_HEAD_BYTES)[:_HEAD_BYTES]
    if encoding := wide_encoding(head):
        return io.BufferedReader(_Recoded(buffered, encoding))
    if head.startswith(codecs.BOM_UTF8):
        buffered.read(len(codecs.BOM_UTF8))
    return buffered


def wide_encoding(head: bytes) -> str | None:
    """Tell UTF-16 and UTF-32 by their mark, or UTF-16 by most other bytes being zero.

    >>> wide_encoding("rice".encode("utf-16")), wide_encoding("rice".encode("utf-16-be"))
    ('utf-16', 'utf-16-be')
    >>> wide_encoding(b"rice") is None
    True
    """
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    first, second = head[::2].count(0), head[1::2].count(0)
    if min(first, second) * 8 > max(first, second) or max(first, second) * 4 < len(head):
        return None
    return "utf-16-be" if first > second else "utf-16-le"


class _Recoded(io.RawIOBase):
    """Text of another encoding, read as UTF-8; what is damaged in it becomes U+FFFD."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream = stream
        self._text = io.TextIOWrapper(stream, encoding, errors="replace", newline="")
        self._left = b""

    def readable(self) -> bool:
        """Tell that this can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill a buffer as far as the text goes."""
        self._left = self._left or self._text.read(_CHARS).encode("utf-8", "replace")
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count
