"""A llama.cpp context that holds several texts side by side: one pass over the weights for all."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from recipe_base.errors import TopochefError

if TYPE_CHECKING:
    import numpy as np
    from llama_cpp import Llama
    from numpy.typing import NDArray

_MICRO_BATCH = 512
_CELLS = 256  # a lane holds a multiple
_PIECE = 2  # one token alone is multiplied by another routine, whose sums have other last bits


class Step(NamedTuple):
    """One token of one text."""

    lane: int
    position: int
    token: int


class Lanes:
    """Room for `count` texts of `context_tokens` each."""

    def __init__(self, llama: Llama, count: int, context_tokens: int, threads: int) -> None:
        """Make a context of its own; raises `TopochefError` if there is not the memory for it."""
        import llama_cpp

        parameters = llama_cpp.llama_context_default_params()
        parameters.n_ctx = count * -(-context_tokens // _CELLS) * _CELLS
        parameters.n_seq_max = count
        parameters.n_batch = max(context_tokens, count)
        parameters.n_ubatch = min(parameters.n_batch, _MICRO_BATCH)
        parameters.n_outputs_max = count
        parameters.n_threads = parameters.n_threads_batch = threads
        # 1.4 times as fast on two cores; KL to the same without it 1.4e-5 (SmolLM2, F16)
        parameters.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_ENABLED
        self._context = llama_cpp.llama_init_from_model(llama.model, parameters)
        if not self._context:
            raise TopochefError(
                f"llama.cpp has no memory for {count} × {context_tokens} tokens: lower --parallel "
                "or --max-tokens"
            )
        self._batch = llama_cpp.llama_batch_init(parameters.n_batch, 0, 1)
        self._llama = llama  # the model must outlive its context
        self._words = llama.n_vocab()
        self._filled = [0] * count
        weakref.finalize(self, _free, self._batch, self._context)

    def clear(self) -> None:
        """Forget all texts, and where in memory they lay: the next ones find an empty context."""
        import llama_cpp

        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self._context), False)
        self._filled = [0] * len(self._filled)

    def prompts(
        self, prompts: Mapping[int, Sequence[int]]
    ) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Begin texts, by their lanes; yield each with the logits after its last token.

        They are valid until the next. What all prompts begin with, which is most of them where they
        share a system prompt, is computed once.
        """
        shared = self._share(prompts) if len(prompts) > 1 else 0
        for lane, tokens in prompts.items():
            steps = [Step(lane, i, tokens[i]) for i in range(shared, len(tokens))]
            self._decode(steps, outputs_from=len(steps) - 1)
            yield lane, self._logits(-1)

    def step(self, steps: Sequence[Step]) -> list[NDArray[np.float32]]:
        """Go on with several texts; return the logits of each, valid until the next call.

        What a lane holds from the position of its step on is forgotten: a text may go back.
        """
        self._decode(steps)
        return [self._logits(i) for i in range(len(steps))]

    def _share(self, prompts: Mapping[int, Sequence[int]]) -> int:
        """Compute what empty lanes have in common, and give it to all; return how many tokens.

        Each keeps `_PIECE` tokens or more of its own.
        """
        import llama_cpp

        columns = zip(*prompts.values(), strict=False)
        common = sum(1 for _ in takewhile(lambda tokens: len(set(tokens)) == 1, columns))
        shared = min(common, min(map(len, prompts.values())) - _PIECE)
        if shared < _PIECE:
            return 0
        first, *others = prompts
        steps = [Step(first, i, token) for i, token in enumerate(prompts[first][:shared])]
        self._decode(steps, outputs_from=shared)
        memory = llama_cpp.llama_get_memory(self._context)
        for lane in others:
            llama_cpp.llama_memory_seq_cp(memory, first, lane, -1, -1)
            self._filled[lane] = shared
        return shared

    def _decode(self, steps: Sequence[Step], outputs_from: int = 0) -> None:
        import llama_cpp

        batch = self._batch
        batch.n_tokens = len(steps)
        for i, (lane, position, token) in enumerate(steps):
            if position < self._filled[lane]:
                self._forget(lane, position)
            self._filled[lane] = position + 1
            batch.token[i] = token
            batch.pos[i] = position
            batch.n_seq_id[i] = 1
            batch.seq_id[i][0] = lane
            batch.logits[i] = i >= outputs_from
        if status := llama_cpp.llama_decode(self._context, batch):
            raise RuntimeError(f"llama.cpp: llama_decode returned {status}")

    def _forget(self, lane: int, position: int) -> None:
        import llama_cpp

        memory = llama_cpp.llama_get_memory(self._context)
        if not llama_cpp.llama_memory_seq_rm(memory, lane, position, -1):
            raise RuntimeError("llama.cpp: the memory of this model cannot forget its last tokens")

    def _logits(self, index: int) -> NDArray[np.float32]:
        import llama_cpp
        import numpy as np

        pointer = llama_cpp.llama_get_logits_ith(self._context, index)
        return np.ctypeslib.as_array(pointer, shape=(self._words,))


def _free(batch: object, context: object) -> None:
    import llama_cpp

    llama_cpp.llama_batch_free(batch)
    llama_cpp.llama_free(context)
