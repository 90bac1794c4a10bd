"""An engine whose model is a function: it masks tokens, goes back, remembers as real ones do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from llguidance import LLTokenizer, TokenizerWrapper

from recipe_kitchen.backends import Completion, Engine, Job
from recipe_kitchen.backends.decoding.grammar import Grammars
from recipe_kitchen.backends.decoding.writing import Writing

PROMPT = [0, 0, 0]
UNWANTED = -20.0
"""The logit of a token that the script does not name; that of a single byte is twice as low."""


class _Vocabulary:
    """All single bytes, then whole words, then the end."""

    bos_token_id = None

    def __init__(self, words: Sequence[str]) -> None:
        self.tokens = [bytes([i]) for i in range(256)] + [word.encode() for word in words]
        self.tokens.append(b"<end>")
        self.eos_token_id = len(self.tokens) - 1
        self.special_token_ids = [self.eos_token_id]

    def __call__(self, text: bytes) -> list[int]:
        """Tokenize: the longest token first."""
        found = []
        while text:
            token = max((t for t in self.tokens[:-1] if text.startswith(t)), key=len)
            found.append(self.tokens.index(token))
            text = text[len(token) :]
        return found


class ScriptedEngine(Engine):
    """Writes the tokens that `wants(text so far)` gives the highest logits, of those allowed."""

    def __init__(self, words: Sequence[str], wants: Callable[[str], Mapping[str, float]]) -> None:
        """`words` are the tokens beside single bytes; `wants` names some of them."""
        vocabulary = _Vocabulary(words)
        self._ids = {token: i for i, token in enumerate(vocabulary.tokens)}
        self._wants = wants
        self._tokenizer = LLTokenizer(TokenizerWrapper(vocabulary))
        self._grammars = Grammars(self._tokenizer, frozenset({vocabulary.eos_token_id}))
        self.steps = 0
        """Tokens that were computed, those that were taken back too."""

    def facts(self) -> dict[str, Any]:
        return {"engine": "scripted"}

    def complete_all(self, jobs: Sequence[Job]) -> list[Completion]:
        """Write all texts a token at a time, each with a memory of its own."""
        texts = [self._begin(job) for job in jobs]
        memories = [list(text.prompt[:-1]) for text in texts]
        while running := [i for i, text in enumerate(texts) if text.unfinished]:
            for i in running:
                position, token = texts[i].last
                assert position <= len(memories[i]), "a token was skipped"
                memories[i] = [*memories[i][:position], token]
                texts[i].go_on(self._logits(memories[i][len(PROMPT) :]))
                self.steps += 1
        return [text.completion(0.01) for text in texts]

    def _begin(self, job: Job) -> Writing:
        return Writing(job, PROMPT, self._grammars, 100_000)

    def _logits(self, written: list[int]) -> np.ndarray[Any, np.dtype[np.float32]]:
        logits = np.full(len(self._ids), UNWANTED, dtype=np.float32)
        logits[:256] = 2 * UNWANTED
        text = self._tokenizer.decode_bytes(written).decode("utf-8", "replace")
        for word, logit in self._wants(text).items():
            logits[self._ids[word.encode()]] = logit
        return logits
