"""One protocol for everything that can write a recipe; one file per engine.

A server's is that of `recipe_data.endpoints`, so that an `Endpoint` is a `Backend` as it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

from recipe_data.endpoints import Endpoint, FinishReason, Message
from recipe_data.endpoints import Reply as Completion

__all__ = ["Backend", "Batching", "Completion", "FinishReason", "Job", "Message"]


class Backend(Endpoint, Protocol):
    """Writes text that obeys a JSON schema: what an `Endpoint` does, by whatever engine.

    At `temperature` 0 the likeliest allowed token is taken and `seed` has no effect; above, the
    same seed draws the same text. `complete` raises `EndpointError` where a server does not
    answer, `RuntimeError` where an engine breaks down.
    """


class Job(NamedTuple):
    """One text to be written; the fields are the arguments of `Backend.complete`."""

    messages: Sequence[Message]
    schema: dict[str, Any] | None
    max_tokens: int
    temperature: float = 0.0
    seed: int = 0
    on_text: Callable[[str], None] | None = None


@runtime_checkable
class Batching(Protocol):
    """A `Backend` that writes several texts in one go; what it writes may depend on the group."""

    def complete_all(self, jobs: Sequence[Job]) -> list[Completion]:
        """Write a text for each job; the same jobs give the same texts."""
        ...
