"""From characters of a rendered conversation to its tokens; nothing but Python is needed.

Tokens are given by the characters where they start and end, both ascending, as fast tokenizers
return them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from typing import Any

_STAND_INS = ("[other]", "zotherz", "0other0")
"""One of three begins and ends as an answer does not, whatever the answer."""


def find_answer(text: str, answer: str, render: Callable[[str], str]) -> int | None:
    """Return where the last message begins in a rendered conversation.

    None where the chat template changes its text: then its spans have no place.

    Args:
        text: The conversation as the chat template renders it.
        answer: Its last message.
        render: Renders the conversation with another last message. What stays is the template's:
            so an answer that is also written elsewhere, or is a letter of a tag, is told apart.

    >>> find_answer("Say e: e<end>", "e", "Say e: {}<end>".format)
    7
    """
    other = render(next(s for s in _STAND_INS if answer[:1] != s[0] and answer[-1:] != s[-1]))
    begin = _shared(text, other, min(len(text), len(other)))
    end = len(text) - _shared(text[::-1], other[::-1], min(len(text), len(other)) - begin)
    # A template may keep the answer's own beginning or end: the answer covers what differs.
    found = text.rfind(answer, max(0, end - len(answer)), begin + len(answer))
    return found if found >= 0 else None


def _shared(one: str, other: str, most: int) -> int:
    """Return how many characters two texts begin with alike, `most` at most."""
    return bisect_left(range(1, most + 1), True, key=lambda size: one[:size] != other[:size])


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


def part_tokens(
    starts: Sequence[int], ends: Sequence[int], answer: tuple[int, int], part: tuple[int, int]
) -> range:
    """Return which tokens may be trained on where only a part of an answer is to be.

    Those that share a character with the part. What follows the answer, the end of its turn, goes
    with its last character: it is in the range where the part reaches the end of the answer.

    Args:
        starts, ends: The tokens of the rendered conversation.
        answer: Where the answer begins and ends in it.
        part: Characters of the answer, from 0, the end excluded, at least one.

    >>> part_tokens([0, 4, 8, 11, 12], [4, 8, 11, 12, 13], (4, 11), (0, 5))
    range(1, 3)
    >>> part_tokens([0, 4, 8, 11, 12], [4, 8, 11, 12, 13], (4, 11), (4, 7))
    range(2, 5)
    """
    begin, end = answer[0] + part[0], answer[0] + part[1]
    first = next((i for i, stop in enumerate(ends) if stop > begin), len(ends))
    after = (i for i, start in enumerate(starts) if start >= end)
    return range(first, len(starts) if end == answer[1] else next(after, len(starts)))


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
