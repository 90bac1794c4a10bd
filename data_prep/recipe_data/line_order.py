"""What a line of an answer says first: the amount (`200 g rice`) or the name (`rice, 200 g`)."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from recipe_base.datasets import AMOUNT_FIRST, Lines
from recipe_base.files import to_json
from recipe_data.ingredients import parse_ingredient
from recipe_data.language.quantities import leading_quantity
from recipe_data.language.units import CONTAINERS, PIECES
from recipe_data.schema import MAX_INGREDIENT_CHARS, ChatRow, Span

_COMMA = ", "
_COUNTERS = CONTAINERS | PIECES
_REST_OF_STRING = re.compile(r'(?:[^"\\]|\\.)*')


def name_first(before: str, name: str, behind: str) -> str | None:
    """Write a line of three parts with its name in front.

    None where nothing stands before the name, and for the few lines (names with numbers in them)
    that would be read as something else then, or be too long: these keep their order.

    >>> name_first("200 g ", "rice", ", rinsed"), name_first("slices of ", "bread", "")
    ('rice, 200 g, rinsed', 'bread, slices')
    >>> name_first("", "salt", ", to taste"), name_first("425 g ", "9-inch pie crusts", "")
    (None, None)
    """
    amount = before.strip().removesuffix(" of")
    line = f"{name}{_COMMA}{amount}{behind}"
    fits = amount and len(line) <= MAX_INGREDIENT_CHARS
    return line if fits and _say_the_same(line, f"{before}{name}{behind}") else None


@lru_cache(maxsize=1 << 14)
def amount_first(line: str) -> str:
    """Write a line with its amount in front; any line that is no `name_first` one as it is.

    >>> amount_first("rice, 200 g, rinsed"), amount_first("bread, slices")
    ('200 g rice, rinsed', 'slices of bread')
    >>> amount_first("200 g rice, rinsed"), amount_first("onions, chopped")
    ('200 g rice, rinsed', 'onions, chopped')
    """
    for comma in re.finditer(_COMMA, line):  # a name may hold some
        name, rest = line[: comma.start()], line[comma.end() :]
        quantity = leading_quantity(rest, name)
        amount, behind = rest[: quantity.end], rest[quantity.end :]
        counted = quantity.low is None
        if (counted and quantity.counter not in _COUNTERS) or behind[:2] not in ("", _COMMA):
            continue
        usual = f"{amount}{' of' if counted else ''} {name}{behind}"
        if _say_the_same(usual, line):
            return usual
    return line


def written(row: ChatRow, lines: Lines) -> ChatRow:
    """Return a row, as tasks make it, with the lines of its answer in an order.

    Its spans, and the part that is trained, stay on the words that they name.
    """
    text = row.messages[-1]["content"]
    moves = [] if lines == AMOUNT_FIRST else _moves(text, row.spans)
    if not moves:
        return row
    pieces: list[str] = []
    position = 0
    for move in moves:
        pieces += [text[position : move.start], move.line]
        position = move.end
    shifts = [0, *accumulate(len(move.line) - (move.end - move.start) for move in moves)]
    ends = [move.end for move in moves]

    def at(offset: int) -> int:
        """Map an offset that is in no moved line."""
        return offset + shifts[bisect_right(ends, offset)]

    by_group = {move.group: move for move in moves}
    spans = []
    for span in row.spans:
        own = by_group.get(span.group)
        start = at(own.start) + own.within(span) if own else at(span.start)
        spans.append(replace(span, start=start, end=start + span.end - span.start))
    said = {"role": "assistant", "content": "".join([*pieces, text[position:]])}
    return replace(
        row,
        messages=(*row.messages[:-1], said),
        spans=tuple(sorted(spans, key=lambda span: span.start)),
        trained=row.trained and (at(row.trained[0]), at(row.trained[1])),
    )


class _Move(NamedTuple):
    """A line of an answer that is written anew; offsets are those of the old text, as JSON."""

    group: int
    start: int
    end: int
    name: Span
    line: str
    """The new one, as JSON without its quotes."""

    def within(self, span: Span) -> int:
        """Return where the name, or the amount, begins in the new line."""
        return 0 if span is self.name else self.name.end - self.name.start + len(_COMMA)


def _moves(text: str, spans: Sequence[Span]) -> list[_Move]:
    """Return the lines that another order changes."""
    found = []
    for name in spans:
        if name.kind != "ingredient":
            continue
        start = text.rindex('"', 0, name.start) + 1  # no quote stands before a name
        rest = _REST_OF_STRING.match(text, name.end)
        end = rest.end() if rest else name.end
        parts = (text[start : name.start], text[name.start : name.end], text[name.end : end])
        before, called, behind = (json.loads(f'"{part}"') for part in parts)
        if (line := name_first(before, called, behind)) is not None:
            found.append(_Move(name.group, start, end, name, to_json(line)[1:-1]))
    return found


def _say_the_same(one: str, other: str) -> bool:
    return _read(one) == _read(other)


@lru_cache(maxsize=1 << 14)
def _read(line: str) -> object:
    return parse_ingredient(line, weigh=False)
