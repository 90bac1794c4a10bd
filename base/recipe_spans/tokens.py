"""From characters of a rendered conversation to its tokens; nothing but Python is needed.

Tokens are given by the characters where they start and end, both ascending, as fast tokenizers
return them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def find_answer(text: str, answer: str) -> int | None:
    """Return where the last message begins in a rendered conversation.

    None where the chat template changes its text: then its spans have no place.

    >>> find_answer("user: rice? assistant: rice.", "rice.")
    23
    """
    begin = text.rfind(answer)
    return begin if begin >= 0 else None


def trained_tokens(
    ids: Sequence[int],
    starts: Sequence[int],
    ends: Sequence[int],
    answer: tuple[int, int],
    end_of_turn: int | None,
) -> range:
    """Return which tokens are trained on: from the answer's first to the end of its turn.

    Args:
        ids, starts, ends: The tokens of the rendered conversation.
        answer: Where the answer begins and ends.
        end_of_turn: The token that ends a turn; without one after the answer all that is left
            is trained on.

    >>> trained_tokens([7, 8, 9, 2, 5], [0, 4, 8, 11, 12], [4, 8, 11, 12, 13], (4, 11), 2)
    range(1, 4)
    """
    begin, end = answer
    first = next((i for i, stop in enumerate(ends) if stop > begin), len(ids))
    after = (i for i, start in enumerate(starts) if start >= end and ids[i] == end_of_turn)
    return range(first, next(after, len(ids) - 1) + 1)


def spans_of_tokens(
    spans: Sequence[Mapping[str, Any]],
    starts: Sequence[int],
    ends: Sequence[int],
    offset: int = 0,
) -> list[int | None]:
    """Return for every token the index of the span that it belongs to, None outside spans.

    A token belongs to the span that it shares the most characters with; of two with which it
    shares as many, to the shorter: a span inside another one keeps its tokens.

    Args:
        spans: `start` and `end`, characters of the answer.
        starts, ends: The tokens of the rendered conversation.
        offset: Where the answer begins in it.

    >>> spans_of_tokens([{"start": 4, "end": 8}], [10, 13, 17], [13, 17, 19], 10)
    [None, 0, 0]
    """
    size = len(starts)
    found: list[int | None] = [None] * size
    best, first = [(0, 0)] * size, 0
    for index in sorted(range(len(spans)), key=lambda i: int(spans[i]["start"])):
        start, end = offset + int(spans[index]["start"]), offset + int(spans[index]["end"])
        while first < size and ends[first] <= start:
            first += 1
        token = first
        while token < size and starts[token] < end:
            shared = min(end, ends[token]) - max(start, starts[token])
            if shared > 0 and (shared, start - end) > best[token]:
                best[token], found[token] = (shared, start - end), index
            token += 1
    return found
