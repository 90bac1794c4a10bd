"""A mapping of a YAML file, read key by key: what is wrong is named with where it stands."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import Any

from recipe_base.errors import TopochefError


class Block:
    """A mapping whose keys are taken out one by one."""

    def __init__(self, where: str, values: Any) -> None:
        """Read a mapping that stands at `where`; raises `TopochefError` for anything else."""
        if not isinstance(values, dict):
            raise TopochefError(f"{where}: write a mapping of keys and values, not {values!r}")
        self.where = where
        self.values = dict(values)

    def take(self, key: str, *default: Any) -> Any:
        """Return the value of a key, or the default; raises `TopochefError` without either."""
        if key not in self.values and not default:
            raise TopochefError(f"{self.where}: {key} is missing: write `{key}: …`")
        return self.values.pop(key, *default)

    def refuse(self, key: str, value: Any, remedy: str) -> TopochefError:
        """Return the error that says what is wrong with a value, and what to write."""
        return TopochefError(f"{self.where}: {key}: {value!r}: {remedy}")

    def block(self, key: str) -> Block:
        """Return the mapping of a key."""
        return Block(f"{self.where}: {key}", self.take(key))

    def mapping(self, key: str) -> Mapping[str, Any]:
        """Return the values of a key, whatever they are; nothing where it is absent."""
        return Block(f"{self.where}: {key}", self.take(key, {})).values

    def whole(self, key: str, *default: int) -> int:
        """Return a whole number above 0."""
        value = self.take(key, *default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise self.refuse(key, value, "write a whole number above 0")
        return value

    def text(self, key: str, *default: str) -> str:
        """Return a text."""
        value = self.take(key, *default)
        if not isinstance(value, str):
            raise self.refuse(key, value, "write a text")
        return value

    def listed(self, key: str, read: Callable[[Any], Any], *default: Any) -> tuple[Any, ...]:
        """Return a list, every item read."""
        value = self.take(key, *default)
        if not isinstance(value, list | tuple):
            raise self.refuse(key, value, "write a list: [a, b]")
        try:
            return tuple(read(one) for one in value)
        except argparse.ArgumentTypeError as error:
            raise self.refuse(key, value, str(error)) from error

    def end(self) -> None:
        """Refuse what was not taken."""
        for key in self.values:
            raise TopochefError(f"{self.where}: {key} is no key here: leave it out")
