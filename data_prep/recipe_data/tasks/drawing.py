"""Choices that depend on nothing but the recipe and the seed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

T = TypeVar("T")

MOST_ROWS = 2
"""Questions of one kind about one recipe: long recipes shall not outweigh the others."""


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
