"""How long a chat row is, and how much of its answer each kind of span covers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple, Protocol

from recipe_base.errors import TopochefError
from recipe_spans import find_answer, spans_of_tokens

Row = dict[str, Any]


class Measured(NamedTuple):
    """One chat row under one measure."""

    length: int  # of the whole row
    answer: int  # of the last assistant message, as far as it is trained
    by_kind: dict[str, int]  # of the answer's parts that belong to spans of this kind


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
        >>> Characters().measure([{**row, "spans": [], "trained": [0, 3]}])
        [Measured(length=8, answer=3, by_kind={})]
        """
        return [self._measured(row) for row in rows]

    @staticmethod
    def _measured(row: Row) -> Measured:
        whole = sum(len(message["content"]) for message in row["messages"])
        size = len(row["messages"][-1]["content"])
        first, last = _trained(row)
        return Measured(whole, last - first, _by_kind(row, range(size), range(1, size + 1)))


class Tokens:
    """Tokens of a row as a tokenizer's own chat template writes it."""

    unit = "tokens"

    def __init__(self, name: str) -> None:
        """Load a tokenizer by the name or path that `transformers` knows it by."""
        self.name = name
        self._tokenizer = _load(name)

    def measure(self, rows: Sequence[Row]) -> list[Measured]:
        """Count tokens, each in the span that training has it in."""
        texts = [self._render(row, row["messages"][-1]["content"]) for row in rows]
        encoded = self._tokenizer(texts, add_special_tokens=False, return_offsets_mapping=True)
        return [
            self._measured(row, text, offsets)
            for row, text, offsets in zip(rows, texts, encoded["offset_mapping"], strict=True)
        ]

    def _render(self, row: Row, answer: str) -> str:
        """Render a row with this as its last message."""
        from jinja2 import TemplateError

        messages = [*row["messages"][:-1], {**row["messages"][-1], "content": answer}]
        try:
            text: str = self._tokenizer.apply_chat_template(messages, tokenize=False)
        except TemplateError as error:
            raise TopochefError(
                f"row {row['id']}: the chat template of {self.name} refuses it ({error}): "
                "give another tokenizer"
            ) from error
        return text

    def _measured(self, row: Row, text: str, offsets: list[tuple[int, int]]) -> Measured:
        answer = row["messages"][-1]["content"]
        begin = find_answer(text, answer, partial(self._render, row))
        if begin is None:
            raise TopochefError(
                f"row {row['id']}: the chat template of {self.name} changes the answer, so its "
                "spans cannot be found: give another tokenizer"
            )
        starts, ends = zip(*offsets, strict=True)
        first, end = (begin + place for place in _trained(row))
        inside = sum(max(first, start) < min(end, stop) for start, stop in offsets)
        return Measured(len(offsets), inside, _by_kind(row, starts, ends, begin))


def _trained(row: Row) -> tuple[int, int]:
    """Return the characters of the answer that are trained."""
    first, last = row.get("trained") or (0, len(row["messages"][-1]["content"]))
    return first, last


def _by_kind(
    row: Row, starts: Sequence[int], ends: Sequence[int], offset: int = 0
) -> dict[str, int]:
    """Count the parts of a text, from `starts` to `ends`, that belong to spans of each kind."""
    owners = spans_of_tokens(row["spans"], starts, ends, offset)
    return dict(Counter(row["spans"][i]["kind"] for i in owners if i is not None))


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
