"""GGUF files in process: llama.cpp computes the logits, llguidance says which tokens may follow.

outlines' llguidance backend masks the same tokens, but hides why a text ended, allows white
space between JSON tokens that training never showed, and takes a second to import.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipe_kitchen.backends import Completion, Engine, EngineKind, Job, Message

if TYPE_CHECKING:
    from recipe_kitchen.backends.decoding.grammar import Grammars
    from recipe_kitchen.backends.decoding.writing import Writing

DEFAULT_CONTEXT_TOKENS = 1024
_SMALL_BYTES = 64 << 20


class LlamaCpp(Engine):
    """A `Backend` over one GGUF file."""

    def __init__(
        self,
        gguf: Path,
        context_tokens: int = DEFAULT_CONTEXT_TOKENS,
        threads: int | None = None,
        parallel: int = 1,
    ) -> None:
        """Load a model with room for `context_tokens` of prompt and answer together.

        `threads` is chosen by the size of the file where None; `parallel` is how many texts
        `complete_all` may be asked for. Raises `TopochefError` if the file is absent, is not a
        GGUF that llama.cpp reads, or brings no chat template.
        """
        import llama_cpp

        from recipe_kitchen.backends.decoding.lanes import Lanes
        from recipe_kitchen.backends.decoding.prompts import Prompts, load

        self._path = gguf
        self._parallel = parallel
        self._llama = load(gguf)  # the texts get a context of their own
        self._vocab = llama_cpp.llama_model_get_vocab(self._llama.model)
        trained_tokens = llama_cpp.llama_model_n_ctx_train(self._llama.model)
        self._context_tokens: int = min(context_tokens, trained_tokens)
        self._prompts = Prompts(self._llama, gguf)
        threads = threads or good_threads(gguf)
        self._words = ThreadPoolExecutor(1).submit(self._read_words)  # the prompt does not need it
        self._lanes = Lanes(self._llama, parallel, self._context_tokens, threads)

    def facts(self) -> dict[str, Any]:
        """Return engine, versions and file."""
        from importlib.metadata import version

        return {
            "engine": "llama.cpp",
            "llama-cpp-python": version("llama-cpp-python"),
            "llguidance": version("llguidance"),
            "gguf": self._path.name,
        }

    @property
    def parallel(self) -> int:
        """How many texts `complete_all` may be asked for."""
        return self._parallel

    @property
    def context_tokens(self) -> int:
        """Room for prompt and answer together."""
        return self._context_tokens

    def prompt_tokens(self, messages: Sequence[Message]) -> list[int]:
        """Return the ids of a prompt; see `Prompts.tokens`."""
        return self._prompts.tokens(messages)

    def complete_all(self, jobs: Sequence[Job]) -> list[Completion]:
        """Write texts side by side: every step is one pass over the weights for all of them.

        The context is a limit of tokens too, also where the prompt alone is too long. What all
        prompts begin with is evaluated once, and nothing is kept of it for the next call. The bits
        of a text may depend on those that are written beside it, so the same jobs together give the
        same texts, and a resumed run the same bytes. One that goes back costs its own lane a step
        for every token that it writes again.
        """
        from recipe_kitchen.backends.decoding.lanes import Step

        start = time.perf_counter()
        self._lanes.clear()
        prompts = [self.prompt_tokens(job.messages) for job in jobs]
        room = {
            lane: prompt
            for lane, (prompt, job) in enumerate(zip(prompts, jobs, strict=True))
            if len(prompt) < self._context_tokens and job.max_tokens > 0
        }
        evaluated = self._lanes.prompts(room)
        first = next(evaluated, None)  # meanwhile the words are read
        texts = [self._begin(*each) for each in zip(jobs, prompts, strict=True)]
        for lane, logits in chain([first] if first else [], evaluated):
            texts[lane].go_on(logits)
        while running := [(lane, text) for lane, text in enumerate(texts) if text.unfinished]:
            steps = [Step(lane, *text.last) for lane, text in running]
            for (_, text), logits in zip(running, self._lanes.step(steps), strict=True):
                text.go_on(logits)
        seconds = time.perf_counter() - start
        return [text.completion(seconds) for text in texts]

    def _begin(self, job: Job, prompt: Sequence[int]) -> Writing:
        from recipe_kitchen.backends.decoding.writing import Writing

        return Writing(job, prompt, self._words.result(), self._context_tokens)

    def _read_words(self) -> Grammars:
        from recipe_kitchen.backends.decoding.grammar import Grammars
        from recipe_kitchen.backends.decoding.vocabulary import tokenizer_of

        return Grammars(tokenizer_of(self._vocab), frozenset({self._llama.token_eos()}))


def good_threads(gguf: Path) -> int:
    """Return one thread for a small model, else one a core.

    The threads of llama.cpp spin while they wait for each other. Where a core is busy with
    something else, that took a model of 6 MB from 0.3 to 90 ms a token.
    """
    return 1 if gguf.stat().st_size < _SMALL_BYTES else os.cpu_count() or 1


ENGINE = EngineKind("llamacpp", "gguf", lambda run: run.the_gguf("F16"), LlamaCpp, batches=True)
