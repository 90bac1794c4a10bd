"""Choices that depend on nothing but the recipe and the seed, and rows that ask one question."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

from recipe_data.answers import about
from recipe_data.prompts import WORDINGS, question_messages
from recipe_data.schema import ChatRow, Recipe, Span, Task

T = TypeVar("T")

Answer = tuple[str, tuple[Span, ...]]
"""An answer's JSON and its spans, as `recipe_data.answers` writes them."""


class Draw(NamedTuple):
    """Chooses by hash: the same on every machine, and each purpose apart from the others.

    >>> draw = Draw("r1", 7)
    >>> draw.pick("dish", "abc") == draw.pick("dish", "abc")
    True
    """

    identity: str
    seed: int

    def number(self, purpose: str) -> int:
        """Return a large number that stands for a purpose."""
        key = f"{self.seed}|{self.identity}|{purpose}".encode()
        return int.from_bytes(hashlib.blake2b(key, digest_size=8).digest(), "big")

    def pick(self, purpose: str, options: Sequence[T]) -> T:
        """Choose one of the options."""
        return options[self.number(purpose) % len(options)]

    def sample(self, purpose: str, options: Sequence[T], most: int) -> list[T]:
        """Choose at most so many of the options, in their order."""
        order = sorted(range(len(options)), key=lambda i: self.number(f"{purpose}|{i}"))
        return [options[i] for i in sorted(order[:most])]

    def words(self, kind: str, purpose: str = "", **fields: Any) -> str:
        """Fill one of the wordings of a kind of question."""
        return self.pick(f"{kind}|{purpose}", WORDINGS[kind]).format(**fields)


def question_row(
    recipe: Recipe, task: Task, question: str, answer: Answer, number: int | None = None
) -> ChatRow:
    """Return the row that asks about a recipe; `number` tells rows of one task apart."""
    text, spans = answer
    return ChatRow(
        id=f"{recipe.id}-{task}" + (f"-{number}" if number else ""),
        task=task,
        messages=(*question_messages(task, question), {"role": "assistant", "content": text}),
        spans=spans,
        **about(recipe),
    )
