"""GGUF files in process: llama.cpp computes the logits, llguidance says which tokens may follow.

outlines' llguidance backend masks the same tokens, but hides why a text ended, allows white
space between JSON tokens that training never showed, and takes a second to import.
"""

from __future__ import annotations

import codecs
import os
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipe_data.errors import TopochefError
from recipe_data.files import to_json
from recipe_eval.backends import Completion, Message

if TYPE_CHECKING:
    import numpy as np
    from llguidance import LLMatcher, LLTokenizer
    from numpy.typing import NDArray

DEFAULT_CONTEXT_TOKENS = 1024
_SMALL_BYTES = 64 << 20


class LlamaCpp:
    """A `Backend` over one GGUF file."""

    def __init__(
        self,
        gguf: Path,
        context_tokens: int = DEFAULT_CONTEXT_TOKENS,
        threads: int | None = None,
    ) -> None:
        """Load a model with room for `context_tokens` of prompt and answer together.

        `threads` is chosen by the size of the file where None. Raises `TopochefError` if the
        file is absent, is not a GGUF that llama.cpp reads, or brings no chat template.
        """
        if not gguf.is_file():
            raise TopochefError(f"{gguf} does not exist: run `recipe-export all RUN` first")
        import llama_cpp

        self._path = gguf
        threads = threads or good_threads(gguf)
        try:
            self._llama = llama_cpp.Llama(
                str(gguf),
                n_ctx=context_tokens,
                n_threads=threads,
                n_threads_batch=threads,
                verbose=False,
            )
        except ValueError as error:
            raise TopochefError(f"{gguf}: llama.cpp cannot load it: export it again") from error
        self._vocab = llama_cpp.llama_model_get_vocab(self._llama.model)
        trained_tokens = llama_cpp.llama_model_n_ctx_train(self._llama.model)
        self._context_tokens = min(context_tokens, trained_tokens)
        self._grammars: dict[str, LLMatcher] = {}
        template = self._llama.metadata.get("tokenizer.chat_template")
        if not template:
            raise TopochefError(f"{gguf} holds no chat template: export it with its tokenizer's")
        self._render = llama_cpp.llama_chat_format.Jinja2ChatFormatter(
            template,
            eos_token=self._word(self._llama.token_eos()),
            bos_token=self._word(self._llama.token_bos()),
        )

    def facts(self) -> dict[str, Any]:
        """Return engine, versions and file."""
        from importlib.metadata import version

        return {
            "engine": "llama.cpp",
            "llama-cpp-python": version("llama-cpp-python"),
            "llguidance": version("llguidance"),
            "gguf": self._path.name,
        }

    def prompt_tokens(self, messages: Sequence[Message]) -> list[int]:
        """Render the template embedded in the file and tokenize it as training did.

        NFC, because Hugging Face's tokenizers normalise and llama.cpp does not; control tokens
        parsed; no BOS but the template's own; thinking switched off where a template knows it.
        """
        prompt = self._render(messages=list(messages), enable_thinking=False).prompt
        text = unicodedata.normalize("NFC", prompt).encode()
        tokens: list[int] = self._llama.tokenize(text, add_bos=False, special=True)
        return tokens

    def complete(
        self,
        messages: Sequence[Message],
        schema: dict[str, Any],
        max_tokens: int,
        temperature: float = 0.0,
        seed: int = 0,
        on_text: Callable[[str], None] | None = None,
    ) -> Completion:
        """Write a text; see `Backend`.

        The context is a limit of tokens too, also where the prompt alone is too long. The prompt
        is evaluated afresh each time: with a cached prefix the same request would give other
        last bits, and a resumed run other bytes.
        """
        start = time.perf_counter()
        prompt = self.prompt_tokens(messages)
        budget = min(max_tokens, self._context_tokens - len(prompt))
        matcher = self._matcher(to_json(schema))
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        text = ""
        count = 0
        for token in self._tokens(prompt, matcher, budget, temperature, seed):
            count += 1
            piece = decoder.decode(self._tokenizer.decode_bytes([token]))
            text += piece
            if on_text and piece:
                on_text(piece)
        return Completion(
            text=text + decoder.decode(b"", final=True),
            finish_reason="stop" if matcher.is_stopped() else "length",
            prompt_tokens=len(prompt),
            completion_tokens=count,
            seconds=time.perf_counter() - start,
        )

    def _tokens(
        self, prompt: list[int], matcher: LLMatcher, budget: int, temperature: float, seed: int
    ) -> Iterator[int]:
        """Yield tokens until the schema is fulfilled or the budget is spent."""
        import numpy as np

        random = np.random.default_rng(seed) if temperature > 0 else None
        self._llama.reset()
        pending = prompt
        for _ in range(budget):
            self._llama.eval(pending)
            token = choose(self._logits(), self._allowed(matcher), temperature, random)
            if not matcher.consume_token(token):
                raise RuntimeError(f"llguidance: {matcher.get_error()}")
            yield token
            if matcher.is_stopped():
                return
            pending = [token]

    def _word(self, token: int) -> str:
        import llama_cpp

        return "" if token < 0 else llama_cpp.llama_vocab_get_text(self._vocab, token).decode()

    @cached_property
    def _tokenizer(self) -> LLTokenizer:
        from llguidance import LLTokenizer
        from llguidance.llamacpp import lltokenizer_from_vocab

        tokenizer: LLTokenizer = lltokenizer_from_vocab(self._vocab)
        return tokenizer.with_slices(LLTokenizer.json_slices())

    def _matcher(self, schema: str) -> LLMatcher:
        """Return a fresh matcher; a schema is compiled once."""
        from llguidance import LLMatcher

        if schema not in self._grammars:
            compact = {"whitespace_flexible": False}
            grammar = LLMatcher.grammar_from_json_schema(schema, overrides=compact)
            matcher = LLMatcher(self._tokenizer, grammar)
            if matcher.is_error():
                raise TopochefError(f"the schema cannot be enforced: {matcher.get_error()}")
            self._grammars[schema] = matcher
        return self._grammars[schema].deep_copy()

    def _logits(self) -> NDArray[np.float32]:
        import llama_cpp
        import numpy as np

        pointer = llama_cpp.llama_get_logits_ith(self._llama.ctx, -1)
        return np.ctypeslib.as_array(pointer, shape=(self._llama.n_vocab(),))

    def _allowed(self, matcher: LLMatcher) -> NDArray[np.intp]:
        """Return the ids of the tokens that may follow."""
        import numpy as np

        bits = np.empty((self._tokenizer.vocab_size + 31) // 32, dtype=np.uint32)
        matcher.unsafe_compute_mask_ptr(bits.ctypes.data, bits.nbytes)
        return np.flatnonzero(np.unpackbits(bits.view(np.uint8), bitorder="little"))


def good_threads(gguf: Path) -> int:
    """Return one thread for a small model, else one a core.

    The threads of llama.cpp spin while they wait for each other. Where a core is busy with
    something else, that took a model of 6 MB from 0.3 to 90 ms a token.
    """
    return 1 if gguf.stat().st_size < _SMALL_BYTES else os.cpu_count() or 1


def choose(
    logits: NDArray[np.float32],
    allowed: NDArray[np.intp],
    temperature: float,
    random: np.random.Generator | None,
) -> int:
    """Take the likeliest allowed token, or draw one from softmax(logits / temperature).

    Of equal logits the lowest id wins.
    """
    import numpy as np

    scores = logits[allowed].astype(np.float64)
    if random is None:
        return int(allowed[np.argmax(scores)])
    weights = np.exp((scores - scores.max()) / temperature)
    return int(random.choice(allowed, p=weights / weights.sum()))
