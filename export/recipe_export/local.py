"""The llama.cpp side of every comparison: token ids and logits of a GGUF file, in process."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from recipe_data.errors import TopochefError
from recipe_export.weights import Floats

# Below this size, threads that wait for one another cost more than they save.
SMALL_BYTES = 1 << 26

_ERROR = 4  # ggml's log level
_messages: deque[str] = deque(maxlen=16)


@cache
def native() -> Any:
    """Import llama.cpp with its log turned into a buffer, from which failures quote."""
    import llama_cpp

    def collect(level: int, text: bytes, _: Any) -> None:
        if level == _ERROR:
            _messages.append(text.decode(errors="replace"))

    # llama.cpp keeps the bare pointer: the function must live as long as the process.
    native.callback = llama_cpp.llama_log_callback(collect)  # type: ignore[attr-defined]
    llama_cpp.llama_log_set(native.callback, None)  # type: ignore[attr-defined]
    return llama_cpp


def last_words() -> str:
    """Return the errors that llama.cpp logged since the last call."""
    words = "".join(_messages)
    _messages.clear()
    return " ".join(re.sub("===+", " ", words).split())


@contextmanager
def vocabulary(path: Path) -> Iterator[Any]:
    """Open only the tokenizer of a GGUF file."""
    with opened(path, vocab_only=True) as model:
        yield model


def token_ids(model: Any, text: str, add_bos: bool = False) -> list[int]:
    """Encode a text; special tokens written in it become single ids, as in a rendered prompt."""
    return list(model.tokenize(text.encode(), add_bos=add_bos, special=True))


def logits(path: Path, prompts: Sequence[Sequence[int]]) -> Iterator[Floats]:
    """Yield the logits at every position of each prompt; the cache holds float32."""
    llama_cpp = native()
    longest = max(map(len, prompts))
    with opened(
        path,
        n_ctx=longest,
        n_batch=longest,
        n_ubatch=longest,
        logits_all=True,
        type_k=llama_cpp.GGML_TYPE_F32,
        type_v=llama_cpp.GGML_TYPE_F32,
    ) as model:
        for prompt in prompts:
            model.reset()
            model.eval(list(prompt))
            yield np.array(model.scores[: len(prompt)])


def threads_for(path: Path) -> int:
    """Return how many threads serve a model file best."""
    return 1 if path.stat().st_size < SMALL_BYTES else os.cpu_count() or 1


@contextmanager
def opened(path: Path, threads: int | None = None, **settings: Any) -> Iterator[Any]:
    """Open a GGUF file with llama.cpp's own settings; refuse one that cannot be loaded."""
    llama_cpp = native()
    threads = threads or threads_for(path)
    try:
        model = llama_cpp.Llama(
            str(path), verbose=False, n_threads=threads, n_threads_batch=threads, **settings
        )
    except ValueError as error:
        raise TopochefError(f"llama.cpp cannot load {path}: {last_words() or error}") from error
    with closing(model):
        yield model
