"""Character spans of an answer as columns of its tokens."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from recipe_losses.codes import NONE, code
from recipe_losses.losses.marks import OPTIONAL, PADDING
from recipe_spans import spans_of_tokens

_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")


def align(
    spans: Sequence[Mapping[str, Any]],
    offset: int,
    starts: Sequence[int],
    ends: Sequence[int],
    text: str,
    task: int = NONE,
) -> dict[str, list[Any]]:
    """Return the columns of `PADDING`, one value a token, and of `OPTIONAL`, or nothing.

    A token has the kind and the group of the span that `recipe_spans` gives it. The first number of
    each span is laid out for the numeric term; tokens that mix digits with other characters are no
    part of it. A token has the credit of the span that it would belong to if there were only those
    that have one, a blank in front of a word not counted: of nested spans the innermost that has.

    Args:
        spans: `start`, `end`, `kind`, `group`, and perhaps `credit`; characters of the answer.
        offset: Where the answer begins in `text`.
        starts, ends: Characters of each token in `text`, ascending.
        text: The rendered conversation.
        task: Code of the row's task.

    >>> align([{"start": 4, "end": 8, "kind": "ingredient", "group": 0}], 10,
    ...       [10, 13, 17], [13, 17, 19], "x" * 20)["span_group"]
    [-1, 0, 0]
    >>> align([{"start": 0, "end": 6, "kind": "number", "group": 0}], 0,
    ...       [0, 1, 2, 3, 4], [1, 2, 3, 4, 6], "12.5 g")["number_place"]
    [1, 0, 0, -1, 0]
    >>> line = {"start": 0, "end": 6, "kind": "line", "group": 0, "credit": -0.5}
    >>> align([line, {"start": 0, "end": 4, "kind": "number", "group": 0, "credit": 2}], 0,
    ...       [0, 2, 4, 6], [2, 4, 6, 7], "12.5 g.")["credit"]
    [2.0, 2.0, -0.5, nan]
    """
    columns: dict[str, list[Any]] = {n: [value] * len(starts) for n, value in PADDING.items()}
    columns["loss_task"] = [task] * len(starts)
    for token, owner in enumerate(spans_of_tokens(spans, starts, ends, offset)):
        if owner is not None:
            columns["span_kind"][token] = code(spans[owner]["kind"])
            columns["span_group"][token] = int(spans[owner]["group"])
    first = 0
    for index, span in enumerate(sorted(spans, key=lambda s: int(s["start"]))):
        start, end = offset + int(span["start"]), offset + int(span["end"])
        digits = _NUMBER.search(text, start, end)
        while first < len(starts) and ends[first] <= start:
            first += 1
        token = first
        while digits and token < len(starts) and starts[token] < digits.end():
            if (place := _place(digits, text, starts[token], ends[token])) is not None:
                columns["number"][token], columns["number_place"][token] = index, place
            token += 1
    return {**columns, "credit": _credits(spans, offset, starts, ends, text)}


def typed(columns: dict[str, list[Any]]) -> dict[str, Any]:
    """Return columns whose optional ones are typed, also where they are empty.

    The first rows of a file decide what its columns hold.
    """
    return {**columns, **{name: np.asarray(columns[name], np.float32) for name in OPTIONAL}}


def only_part(part: range, labels: list[int], ends: Sequence[int], offset: int) -> list[int]:
    """Return the labels with a part of the answer's turn alone; those of other turns stay.

    The turn begins where its trained tokens do: before the answer where `split_thinking` has put
    the reasoning there.
    """
    begin = next(i for i, end in enumerate(ends) if end > offset)
    while begin and labels[begin - 1] != -100:
        begin -= 1
    return [-100 if i >= begin and i not in part else label for i, label in enumerate(labels)]


def up_to_ends(ids: Sequence[int], labels: Sequence[int], ends: Collection[int]) -> list[int]:
    """Return labels without those behind the token that ends a trained turn.

    >>> up_to_ends([7, 8, 2, 5, 7, 9, 2, 5], [-100, 8, 2, 5, -100, 9, 2, 5], {2})
    [-100, 8, 2, -100, -100, 9, 2, -100]
    """
    kept, ended = [], False
    for token, label in zip(ids, labels, strict=True):
        ended = ended and label != -100
        kept.append(-100 if ended else label)
        ended = ended or (label == token and token in ends)
    return kept


def _credits(
    spans: Sequence[Mapping[str, Any]],
    offset: int,
    starts: Sequence[int],
    ends: Sequence[int],
    text: str,
) -> list[float]:
    """Return the credit of every token, nothing where no token has one."""
    judged = [span for span in spans if span.get("credit") is not None]
    if not judged:
        return []
    # The blank that most tokens begin with would decide for the span around a word's own.
    words = [_word(text, start, end) for start, end in zip(starts, ends, strict=True)]
    owners = spans_of_tokens(judged, words, ends, offset)
    if all(owner is None for owner in owners):
        return []
    none = OPTIONAL["credit"]
    return [none if owner is None else float(judged[owner]["credit"]) for owner in owners]


def _word(text: str, start: int, end: int) -> int:
    """Return where a token's first character that is no blank stands; its start if it has none."""
    token = text[start:end]
    return start + (len(token) - len(token.lstrip()) if token.strip() else 0)


def _place(digits: re.Match[str], text: str, start: int, end: int) -> int | None:
    """Return the power of ten of a token's last digit, None if it is not digits of the number."""
    inside = digits.start() <= start < end <= digits.end()
    if not inside or not text[start:end].isdigit():
        return None
    point = text.find(".", digits.start(), digits.end())
    whole = point if point >= 0 else digits.end()
    return whole - end if end <= whole else whole - end + 1
