"""One protocol for everything that can write a recipe; one file per engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple, Protocol

Message = dict[str, str]
FinishReason = Literal["stop", "length"]


class Completion(NamedTuple):
    """What a backend wrote."""

    text: str
    finish_reason: FinishReason
    """`stop`: the text obeys the schema; `length`: it was cut off by a limit of tokens."""
    prompt_tokens: int
    completion_tokens: int
    seconds: float


class Backend(Protocol):
    """Writes text that obeys a JSON schema, in compact JSON."""

    def facts(self) -> dict[str, Any]:
        """Return what identifies the engine and the model, for manifests."""
        ...

    def complete(
        self,
        messages: Sequence[Message],
        schema: dict[str, Any],
        max_tokens: int,
        temperature: float = 0.0,
        seed: int = 0,
        on_text: Callable[[str], None] | None = None,
    ) -> Completion:
        """Write a text of at most `max_tokens` tokens.

        At `temperature` 0 the likeliest allowed token is taken and `seed` has no effect; above,
        the same seed draws the same text. `on_text` is given every piece as it is written.
        """
        ...
