"""One text while it is being written, whichever engine computes its logits."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from recipe_eval.backends import Completion, Job
from recipe_eval.backends.grammar import Rule
from recipe_eval.backends.sampling import choose


class Writing:
    """Takes logits, chooses tokens, hands on text."""

    def __init__(
        self,
        job: Job,
        prompt: Sequence[int],
        rule: Rule,
        bytes_of: Callable[[list[int]], bytes],
        context_tokens: int,
    ) -> None:
        """`bytes_of` spells tokens; prompt and answer together fit into `context_tokens`."""
        self.prompt = prompt
        self._job = job
        self._rule = rule
        self._bytes_of = bytes_of
        self._budget = min(job.max_tokens, context_tokens - len(prompt))
        self._random = np.random.default_rng(job.seed) if job.temperature > 0 else None
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._tokens: list[int] = []
        self._text = ""

    @property
    def unfinished(self) -> bool:
        """Whether there is more to write, and room for it."""
        return len(self._tokens) < self._budget and not self._rule.finished

    def go_on(self, logits: NDArray[np.float32]) -> None:
        """Choose the next token by the logits after what is written."""
        token = choose(logits, self._rule.mask(), self._job.temperature, self._random)
        is_text = self._rule.take(token)
        self._tokens.append(token)
        piece = self._decoder.decode(self._bytes_of([token])) if is_text else ""
        self._text += piece
        if self._job.on_text and piece:
            self._job.on_text(piece)

    @property
    def last(self) -> tuple[int, int]:
        """The last token, which the engine has not seen, after its position."""
        return len(self.prompt) + len(self._tokens) - 1, self._tokens[-1]

    def completion(self, seconds: float) -> Completion:
        """Return what is written."""
        return Completion(
            text=self._text + self._decoder.decode(b"", final=True),
            finish_reason="stop" if self._rule.finished else "length",
            prompt_tokens=len(self.prompt),
            completion_tokens=len(self._tokens),
            seconds=seconds,
        )
