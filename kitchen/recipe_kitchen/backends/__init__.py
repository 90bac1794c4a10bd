"""One protocol for everything that can write a recipe; a file an engine.

A server's is that of `recipe_data.endpoints`, so that an `Endpoint` is a `Backend` as it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

from recipe_base.runs import Run
from recipe_data.endpoints import Endpoint, FinishReason, Message
from recipe_data.endpoints import Reply as Completion
from recipe_data.sampling import DEFAULT, Sampler

__all__ = [
    "Backend",
    "Completion",
    "Engine",
    "EngineKind",
    "FinishReason",
    "Job",
    "Message",
    "Veto",
    "write",
]


class Backend(Endpoint, Protocol):
    """Writes text that obeys a JSON schema: what an `Endpoint` does, by whatever engine.

    A greedy sampler takes the likeliest allowed token and `seed` has no effect; with another the
    same seed draws the same text. `complete` raises `EndpointError` where a server does not
    answer, `RuntimeError` where an engine breaks down, and `NoTextError` where either has no text
    for this request.
    """


class Veto(Protocol):
    """Looks at the strings of an answer's lists as they are finished, and refuses some."""

    @property
    def lists(self) -> Collection[str]:
        """The keys of the lists that it watches."""
        ...

    def refuses(self, key: str, former: Sequence[str], text: str) -> int | None:
        """Return from which character on `text` must not stand after `former`; None if it may.

        The first string of a list is not asked about: it stands, and is heard as it is written.
        """
        ...


class Job(NamedTuple):
    """One text to be written."""

    messages: Sequence[Message]
    schema: dict[str, Any] | None
    max_tokens: int
    sampler: Sampler = DEFAULT
    seed: int = 0
    on_text: Callable[[str], None] | None = None
    veto: Veto | None = None
    """What it refuses is taken back and written anew, before `on_text` hears of it."""


@runtime_checkable
class Engine(Backend, Protocol):
    """A `Backend` in this process: it masks tokens, so it can obey a veto.

    It writes several texts in one go; what it writes may depend on the group.
    """

    @property
    def parallel(self) -> int:
        """How many texts it has room for at a time."""
        return 1

    def complete(
        self,
        messages: Sequence[Message],
        schema: dict[str, Any] | None,
        max_tokens: int,
        sampler: Sampler = DEFAULT,
        seed: int = 0,
        on_text: Callable[[str], None] | None = None,
    ) -> Completion:
        """Write one text; see `Backend`."""
        return self.complete_all([Job(messages, schema, max_tokens, sampler, seed, on_text)])[0]

    def complete_all(self, jobs: Sequence[Job]) -> list[Completion]:
        """Write a text for each job; the same jobs give the same texts."""
        ...


class EngineKind(NamedTuple):
    """An engine that `--backend` names: the module of this package that declares one opens it.

    The module is imported to know the name, and imports what is slow when a model is opened.
    """

    name: str
    loads: Literal["gguf", "model"]
    """A GGUF file or a folder, as manifests call it."""
    of_run: Callable[[Run], Path]
    """Finds the model of a run; raises `TopochefError` if there is none."""
    open: Callable[[Path, int, int | None, int], Engine]
    """Loads a model, with room for so many tokens, for so many threads and texts at a time."""
    batches: bool
    """Whether it writes several texts at a time, which may differ from the same written alone."""


def write(backend: Backend, job: Job) -> Completion:
    """Have one text written; a veto is obeyed by an `Engine`, and no server hears of it."""
    if isinstance(backend, Engine):
        return backend.complete_all([job])[0]
    asked = job._asdict()
    del asked["veto"]
    return backend.complete(**asked)
