"""The llama.cpp side of every comparison: token ids and logits of a GGUF file, in process."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from recipe_base.errors import TopochefError
from recipe_export.models.weights import Floats

# Below this size, threads that wait for one another cost more than they save.
SMALL_BYTES = 1 << 26
# Threads of llama.cpp wait busily: beside another program, two can take a hundred times as long as
# one. Below this size one is fast enough for a proof.
LARGE_BYTES = 1 << 30
BATCH = 32  # tokens that are run at once: their logits take this × vocabulary × 4 bytes

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
    llama_cpp.llama_backend_init()
    return llama_cpp


def last_words() -> str:
    """Return the errors that llama.cpp logged since the last call."""
    words = "".join(_messages)
    _messages.clear()
    return " ".join(re.sub("===+", " ", words).split())


def vocabulary(path: Path) -> AbstractContextManager[Any]:
    """Open only the tokenizer of a GGUF file."""
    return opened(path, vocab_only=True)


def token_ids(model: Any, text: str, add_bos: bool = False) -> list[int]:
    """Encode a text; special tokens written in it become single ids, as in a rendered prompt."""
    return list(model.tokenize(text.encode(), add_bos=add_bos, special=True))


def logits(path: Path, prompts: Sequence[Sequence[int]]) -> Iterator[Floats]:
    """Yield the logits at every position of each prompt; the cache holds float32.

    Weights stay where they are, in the mapped file: none is copied into another order for speed.
    """
    llama_cpp = native()
    with _context(path, max(map(len, prompts))) as context:
        for prompt in prompts:
            llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(context), True)
            found = np.empty((len(prompt), _words(context)), np.float32)
            for start in range(0, len(prompt), BATCH):
                _decode(context, prompt, start, found)
            yield found


def _words(context: Any) -> int:
    llama_cpp = native()
    vocabulary = llama_cpp.llama_model_get_vocab(llama_cpp.llama_get_model(context))
    return int(llama_cpp.llama_vocab_n_tokens(vocabulary))


def _decode(context: Any, prompt: Sequence[int], start: int, found: Floats) -> None:
    """Run the next `BATCH` tokens of a prompt; write their logits where they belong."""
    llama_cpp = native()
    tokens = prompt[start : start + BATCH]
    batch = llama_cpp.llama_batch_init(len(tokens), 0, 1)
    try:
        batch.n_tokens = len(tokens)
        for i, token in enumerate(tokens):
            batch.token[i], batch.pos[i] = token, start + i
            batch.n_seq_id[i], batch.seq_id[i][0] = 1, 0
            batch.logits[i] = True
        if (status := llama_cpp.llama_decode(context, batch)) != 0:
            raise TopochefError(f"llama.cpp could not run (status {status}): {last_words()}")
        logits = llama_cpp.llama_get_logits(context)
        rows = found[start : start + len(tokens)]
        rows[:] = np.ctypeslib.as_array(logits, shape=rows.shape)
    finally:
        llama_cpp.llama_batch_free(batch)


@contextmanager
def _context(path: Path, length: int) -> Iterator[Any]:
    """Load a file for one prompt of a length at a time."""
    llama_cpp = native()
    loading = llama_cpp.llama_model_default_params()
    loading.n_gpu_layers = 0
    loading.use_extra_bufts = False
    model = llama_cpp.llama_model_load_from_file(os.fsencode(path), loading)
    if not model:
        raise TopochefError(f"llama.cpp cannot load {path}: {last_words()}")
    with ExitStack() as stack:
        stack.callback(llama_cpp.llama_model_free, model)
        running = llama_cpp.llama_context_default_params()
        running.n_ctx = length
        running.n_batch = running.n_ubatch = BATCH
        threads = threads_for(path) if path.stat().st_size >= LARGE_BYTES else 1
        running.n_threads = running.n_threads_batch = threads
        running.type_k = running.type_v = llama_cpp.GGML_TYPE_F32
        running.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
        context = llama_cpp.llama_init_from_model(model, running)
        if not context:
            raise TopochefError(f"llama.cpp cannot run {path}: {last_words()}")
        stack.callback(llama_cpp.llama_free, context)
        yield context


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
