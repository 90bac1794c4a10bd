"""Character spans of an answer as columns of its tokens."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from recipe_losses.codes import NONE, code

_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")


class TokenSpans(NamedTuple):
    """One value a token; the fields are columns of a prepared dataset."""

    span_kind: list[int]
    """Code of the span's kind, `NONE` outside spans."""
    span_group: list[int]
    """Group of the span, −1 outside spans."""
    number: list[int]
    """Index of the number that the token's digits are part of, −1 elsewhere."""
    number_place: list[int]
    """Power of ten of the last of those digits, 0 elsewhere."""


PADDING = {"span_kind": NONE, "span_group": -1, "number": -1, "number_place": 0, "loss_task": NONE}
"""Every column, and its value where there is no token."""


def align(
    spans: Sequence[Mapping[str, Any]],
    offset: int,
    starts: Sequence[int],
    ends: Sequence[int],
    text: str,
) -> TokenSpans:
    """Give every token the span that it shares the most characters with.

    The first number of each span is laid out for the numeric term; tokens that mix digits with
    other characters are no part of it.

    Args:
        spans: `start`, `end`, `kind`, `group`; characters of the answer.
        offset: Where the answer begins in `text`.
        starts, ends: Characters of each token in `text`, ascending.
        text: The rendered conversation.

    >>> align([{"start": 4, "end": 8, "kind": "ingredient", "group": 0}], 10,
    ...       [10, 13, 17], [13, 17, 19], "x" * 20).span_group
    [-1, 0, 0]
    >>> align([{"start": 0, "end": 6, "kind": "number", "group": 0}], 0,
    ...       [0, 1, 2, 3, 4], [1, 2, 3, 4, 6], "12.5 g").number_place
    [1, 0, 0, -1, 0]
    """
    size = len(starts)
    found = TokenSpans([NONE] * size, [-1] * size, [-1] * size, [0] * size)
    shared, first = [0] * size, 0
    for index, span in enumerate(sorted(spans, key=lambda s: int(s["start"]))):
        start, end = offset + int(span["start"]), offset + int(span["end"])
        digits = _NUMBER.search(text, start, end)
        while first < size and ends[first] <= start:
            first += 1
        token = first
        while token < size and starts[token] < end:
            overlap = min(end, ends[token]) - max(start, starts[token])
            if overlap > shared[token]:
                shared[token] = overlap
                found.span_kind[token] = code(span["kind"])
                found.span_group[token] = int(span["group"])
            if digits and (place := _place(digits, text, starts[token], ends[token])) is not None:
                found.number[token], found.number_place[token] = index, place
            token += 1
    return found


def _place(digits: re.Match[str], text: str, start: int, end: int) -> int | None:
    """Return the power of ten of a token's last digit, None if it is not digits of the number."""
    inside = digits.start() <= start < end <= digits.end()
    if not inside or not text[start:end].isdigit():
        return None
    point = text.find(".", digits.start(), digits.end())
    whole = point if point >= 0 else digits.end()
    return whole - end if end <= whole else whole - end + 1
