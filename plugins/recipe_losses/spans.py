"""Character spans of an answer as columns of its tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from recipe_losses.codes import NONE, code

COLUMNS = ("span_kind", "span_group", "loss_task")
"""The per-token columns of a prepared dataset."""


class TokenSpans(NamedTuple):
    """One value a token."""

    kind: list[int]
    """Code of the span's kind, `NONE` outside spans."""
    group: list[int]
    """Group of the span, −1 outside spans."""


def align(
    spans: Sequence[Mapping[str, Any]], offset: int, starts: Sequence[int], ends: Sequence[int]
) -> TokenSpans:
    """Give every token the span that it shares the most characters with.

    Args:
        spans: `start`, `end`, `kind`, `group`; characters of the answer.
        offset: Where the answer begins in the rendered conversation.
        starts, ends: Characters of each token in the rendered conversation, ascending.

    >>> align([{"start": 4, "end": 8, "kind": "ingredient", "group": 0}], 10,
    ...       [10, 13, 17], [13, 17, 19]).group
    [-1, 0, 0]
    """
    kind, group, shared = [NONE] * len(starts), [-1] * len(starts), [0] * len(starts)
    first = 0
    for span in sorted(spans, key=lambda s: int(s["start"])):
        start, end = offset + int(span["start"]), offset + int(span["end"])
        while first < len(starts) and ends[first] <= start:
            first += 1
        token = first
        while token < len(starts) and starts[token] < end:
            overlap = min(end, ends[token]) - max(start, starts[token])
            if overlap > shared[token]:
                shared[token] = overlap
                kind[token], group[token] = code(span["kind"]), int(span["group"])
            token += 1
    return TokenSpans(kind, group)
