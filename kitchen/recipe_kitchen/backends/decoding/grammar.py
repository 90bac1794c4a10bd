"""Which tokens may follow: JSON schemas by llguidance, in compact JSON."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from llguidance import LLMatcher, LLTokenizer
from llguidance.numpy import allocate_token_bitmask, fill_next_token_bitmask
from numpy.typing import NDArray

from recipe_base.errors import TopochefError
from recipe_base.files import to_json
from recipe_data.endpoints import NoTextError

Mask = NDArray[np.uint32]
"""One bit a token, 32 a word, the lowest first."""


class Rule(Protocol):
    """What may be written from here on, and whether all of it is written."""

    finished: bool

    def mask(self) -> Mask | None:
        """Return the tokens that may follow; None where all may. Valid until the next call."""
        ...

    def take(self, token: int) -> bool:
        """Go on after a token; tell whether it is text, not the mark of its end."""
        ...

    def back(self, count: int) -> None:
        """Forget the last tokens."""
        ...

    def capped(self, key: str, items: int, written: Sequence[int]) -> Rule | None:
        """Return the rule after `written` that leaves the list at `key` at most so many items.

        None where it must have more, or would have none, or there is no such list.
        """
        ...


class Grammars:
    """Starts rules over one tokenizer; a schema is compiled once."""

    def __init__(self, tokenizer: LLTokenizer, ends: frozenset[int]) -> None:
        """`ends` are the tokens that end a text where there is no schema."""
        self._tokenizer = tokenizer
        self._ends = ends
        self._compiled: dict[str, LLMatcher] = {}
        self._beginnings: dict[bytes, Mask] = {}

    def start(self, schema: dict[str, Any] | None) -> Rule:
        """Return the rule of a new text; raises `TopochefError` for an unusable schema."""
        return _Free(self._ends) if schema is None else _Guided(self, schema)

    @property
    def words(self) -> int:
        """The size of the vocabulary."""
        size: int = self._tokenizer.vocab_size
        return size

    def bytes_of(self, token: int) -> bytes:
        """Spell a token."""
        spelling: bytes = self._tokenizer.decode_bytes([token])
        return spelling

    def beginning(self, text: bytes) -> Mask:
        """Return the tokens that a text may begin with, or that begin with the text."""
        if text not in self._beginnings:
            bits = np.zeros((self.words + 31) // 32 * 32, dtype=np.bool_)
            for token, spelling in enumerate(self._spellings):
                bits[token] = spelling.startswith(text) or (spelling and text.startswith(spelling))
            self._beginnings[text] = np.packbits(bits, bitorder="little").view(np.uint32)
        return self._beginnings[text]

    @cached_property
    def _spellings(self) -> list[bytes]:
        return [self.bytes_of(token) for token in range(self.words)]

    def matcher(self, schema: dict[str, Any]) -> LLMatcher:
        """Return a matcher at the beginning of a text."""
        text = to_json(schema)
        if text not in self._compiled:
            self._compiled[text] = self._compile(text)
        return self._compiled[text].deep_copy()

    def _compile(self, schema: str) -> LLMatcher:
        compact = {"whitespace_flexible": False}
        grammar = LLMatcher.grammar_from_json_schema(schema, overrides=compact)
        matcher = LLMatcher(self._tokenizer, grammar)
        if matcher.is_error():
            raise TopochefError(f"the schema cannot be enforced: {matcher.get_error()}")
        return matcher


class _Guided:
    """A text that obeys a schema."""

    def __init__(self, grammars: Grammars, schema: dict[str, Any]) -> None:
        self.finished = False
        self._grammars = grammars
        self._schema = schema
        self._matcher = grammars.matcher(schema)
        self._mask: NDArray[np.int32] = allocate_token_bitmask(1, grammars.words)

    def mask(self) -> Mask:
        fill_next_token_bitmask(self._matcher, self._mask)
        words: Mask = self._mask[0].view(np.uint32)
        return words

    def take(self, token: int) -> bool:
        if not self._matcher.consume_token(token):
            raise NoTextError(f"llguidance: {self._matcher.get_error()}")
        self.finished = self._matcher.is_stopped()
        return True

    def back(self, count: int) -> None:
        if not self._matcher.rollback(count):
            raise NoTextError(f"llguidance: {self._matcher.get_error()}")
        self.finished = False

    def capped(self, key: str, items: int, written: Sequence[int]) -> Rule | None:
        found = self._schema.get("properties", {}).get(key, {})
        if found.get("type") != "array" or items < max(1, found.get("minItems", 0)):
            return None
        lists = {**self._schema["properties"], key: {**found, "maxItems": items}}
        rule = _Guided(self._grammars, {**self._schema, "properties": lists})
        for token in written:
            rule.take(token)
        return rule


class _Free:
    """A text of any kind, up to where its model ends it."""

    def __init__(self, ends: frozenset[int]) -> None:
        self.finished = False
        self._ends = ends

    def mask(self) -> None:
        return None

    def take(self, token: int) -> bool:
        self.finished = token in self._ends
        return not self.finished

    def back(self, count: int) -> None:
        self.finished = False

    def capped(self, key: str, items: int, written: Sequence[int]) -> None:
        return None
