"""How long a chat row is, and how much of its answer each kind of span covers."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from recipe_base.errors import TopochefError

Row = dict[str, Any]


class Measured(NamedTuple):
    """One chat row under one measure."""

    length: int  # of the whole row
    answer: int  # of the last assistant message
    by_kind: dict[str, int]  # of the answer's parts that spans of this kind cover


class Measure(Protocol):
    """Something that text can be counted in."""

    name: str
    unit: str

    def measure(self, rows: Sequence[Row]) -> list[Measured]:
        """Measure some chat rows."""


class Characters:
    """Characters of all messages: where there is no tokenizer."""

    name = "characters"
    unit = "characters"

    def measure(self, rows: Sequence[Row]) -> list[Measured]:
        """Count characters.

        >>> span = {"start": 0, "end": 4, "kind": "ingredient"}
        >>> row = {"messages": [{"content": "Cook"}, {"content": "rice"}], "spans": [span]}
        >>> Characters().measure([row])
        [Measured(length=8, answer=4, by_kind={'ingredient': 4})]
        """
        return [
            Measured(
                sum(len(message["content"]) for message in row["messages"]),
                len(row["messages"][-1]["content"]),
                {
                    kind: sum(end - start for start, end in merged(ends))
                    for kind, ends in _by_kind(row).items()
                },
            )
            for row in rows
        ]


class Tokens:
    """Tokens of a row as a tokenizer's own chat template writes it."""

    unit = "tokens"

    def __init__(self, name: str) -> None:
        """Load a tokenizer by the name or path that `transformers` knows it by."""
        self.name = name
        self._tokenizer = _load(name)

    def measure(self, rows: Sequence[Row]) -> list[Measured]:
        """Count tokens; one that reaches into a span belongs to it."""
        texts = [self._render(row) for row in rows]
        encoded = self._tokenizer(texts, add_special_tokens=False, return_offsets_mapping=True)
        return [
            self._measured(row, text, offsets)
            for row, text, offsets in zip(rows, texts, encoded["offset_mapping"], strict=True)
        ]

    def _render(self, row: Row) -> str:
        from jinja2 import TemplateError

        try:
            text: str = self._tokenizer.apply_chat_template(row["messages"], tokenize=False)
        except TemplateError as error:
            raise TopochefError(
                f"row {row['id']}: the chat template of {self.name} refuses it ({error}): "
                "give another tokenizer"
            ) from error
        return text

    def _measured(self, row: Row, text: str, offsets: list[tuple[int, int]]) -> Measured:
        answer = row["messages"][-1]["content"]
        begin = text.rfind(answer)
        if begin < 0:
            raise TopochefError(
                f"row {row['id']}: the chat template of {self.name} changes the answer, so its "
                "spans cannot be found: give another tokenizer"
            )
        seen = [(start, end) for start, end in offsets if start < end]
        starts, ends = [start for start, _ in seen], [end for _, end in seen]

        def tokens(parts: Iterable[tuple[int, int]]) -> int:
            total = counted = 0
            for start, end in parts:
                first = max(bisect_right(ends, begin + start), counted)
                counted = max(bisect_left(starts, begin + end), first)
                total += counted - first
            return total

        by_kind = {kind: tokens(merged(parts)) for kind, parts in _by_kind(row).items()}
        return Measured(len(offsets), tokens([(0, len(answer))]), by_kind)


def merged(parts: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the same characters as parts in order that do not overlap.

    >>> merged([(5, 9), (0, 3), (2, 4)])
    [(0, 4), (5, 9)]
    """
    result: list[tuple[int, int]] = []
    for start, end in sorted(parts):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def _by_kind(row: Row) -> dict[str, list[tuple[int, int]]]:
    kinds: dict[str, list[tuple[int, int]]] = {}
    for span in row["spans"]:
        kinds.setdefault(span["kind"], []).append((span["start"], span["end"]))
    return kinds


def _load(name: str) -> Any:
    try:
        from transformers import AutoTokenizer
    except ImportError as error:
        raise TopochefError(
            f"--tokenizer {name} needs transformers: run `pip install 'topochef[train]'`, "
            "or leave --tokenizer out to count characters"
        ) from error
    try:
        tokenizer = AutoTokenizer.from_pretrained(name)
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0][:160]
        raise TopochefError(
            f"--tokenizer {name} cannot be loaded ({reason}): give a folder that holds a "
            "tokenizer, or a name on the hub"
        ) from error
    if not tokenizer.is_fast:
        raise TopochefError(
            f"--tokenizer {name} does not tell which characters a token covers: "
            "give a tokenizer that has a tokenizer.json"
        )
    if not tokenizer.chat_template:
        raise TopochefError(
            f"--tokenizer {name} has no chat template: give the tokenizer of a chat model"
        )
    return tokenizer
