"""Which tokens may follow: JSON schemas by llguidance, in compact JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from recipe_data.errors import TopochefError
from recipe_data.files import to_json

if TYPE_CHECKING:
    from llguidance import LLMatcher, LLTokenizer

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


class Grammars:
    """Starts rules over one tokenizer; a schema is compiled once."""

    def __init__(self, tokenizer: LLTokenizer, ends: frozenset[int]) -> None:
        """`ends` are the tokens that end a text where there is no schema."""
        self._tokenizer = tokenizer
        self._ends = ends
        self._compiled: dict[str, LLMatcher] = {}

    def start(self, schema: dict[str, Any] | None) -> Rule:
        """Return the rule of a new text; raises `TopochefError` for an unusable schema."""
        if schema is None:
            return _Free(self._ends)
        text = to_json(schema)
        if text not in self._compiled:
            self._compiled[text] = self._compile(text)
        return _Guided(self._compiled[text].deep_copy(), self._tokenizer.vocab_size)

    def _compile(self, schema: str) -> LLMatcher:
        from llguidance import LLMatcher

        compact = {"whitespace_flexible": False}
        grammar = LLMatcher.grammar_from_json_schema(schema, overrides=compact)
        matcher = LLMatcher(self._tokenizer, grammar)
        if matcher.is_error():
            raise TopochefError(f"the schema cannot be enforced: {matcher.get_error()}")
        return matcher


class _Guided:
    """A text that obeys a schema."""

    def __init__(self, matcher: LLMatcher, vocab_size: int) -> None:
        self.finished = False
        self._matcher = matcher
        self._mask = np.empty((vocab_size + 31) // 32, dtype=np.uint32)

    def mask(self) -> Mask:
        self._matcher.unsafe_compute_mask_ptr(self._mask.ctypes.data, self._mask.nbytes)
        return self._mask

    def take(self, token: int) -> bool:
        if not self._matcher.consume_token(token):
            raise RuntimeError(f"llguidance: {self._matcher.get_error()}")
        self.finished = self._matcher.is_stopped()
        return True


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
