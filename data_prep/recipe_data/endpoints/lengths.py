"""Did a server read the whole prompt? By what it says that it read, where it says so.

Some cut a prompt that is too long without a word, or put it into another chat template than
training's: the model then answers another question, and nothing else tells.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from recipe_data.endpoints import Endpoint, EndpointError, Message, Reply
from recipe_data.sampling import DEFAULT, Sampler

MORE_ROOM = (
    "give it a longer context (OLLAMA_CONTEXT_LENGTH, --max-model-len of vLLM, -c of llama-server) "
    "or a model that has one"
)

Lengths = Callable[[Sequence[Message]], Collection[int]]
"""Returns how many tokens a prompt may have."""


def least_tokens(messages: Sequence[Message]) -> int:
    """Return the fewest tokens that a prompt can have: no tokenizer has one for two words.

    >>> least_tokens([{"role": "system", "content": "You cook."}])
    2
    """
    return sum(len(message["content"].split()) for message in messages)


class Counted:
    """An `Endpoint` whose prompts must be as long as the tokenizer of its model makes them."""

    def __init__(self, endpoint: Endpoint, lengths: Lengths, source: str) -> None:
        """`lengths` are those of `source`, the file that the server's model was made from."""
        self._endpoint = endpoint
        self._lengths = lengths
        self._source = source

    def facts(self) -> dict[str, Any]:
        """Return the facts of the endpoint, and whose prompts its own were held against."""
        return {**self._endpoint.facts(), "prompts_as_of": self._source}

    def complete(
        self,
        messages: Sequence[Message],
        *,
        schema: dict[str, Any] | None,
        max_tokens: int,
        sampler: Sampler = DEFAULT,
        seed: int = 0,
        on_text: Callable[[str], None] | None = None,
    ) -> Reply:
        """Ask; see `Endpoint`. Raises `EndpointError` too where another prompt was read."""
        reply = self._endpoint.complete(
            messages,
            schema=schema,
            max_tokens=max_tokens,
            sampler=sampler,
            seed=seed,
            on_text=on_text,
        )
        lengths = self._lengths(messages)
        if reply.prompt_tokens and reply.prompt_tokens not in lengths:
            raise self._mismatch(reply.prompt_tokens, min(lengths))
        return reply

    def _mismatch(self, read: int, expected: int) -> EndpointError:
        facts = self._endpoint.facts()
        cut = f"; if its template is the same, it cut the prompt: {MORE_ROOM}"
        return EndpointError(
            f"{facts['engine']} at {facts['server']}, model {facts['model']}: read a prompt of "
            f"{read} tokens, which has {expected} by {self._source}: compare its chat template "
            f"with that of this file{cut if read < expected else ''}"
        )
