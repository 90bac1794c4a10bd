"""Language models behind a server on this machine or another: one protocol, a file a server."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple, Protocol

from recipe_base.discovery import declared
from recipe_base.errors import TopochefError
from recipe_data.sampling import DEFAULT, Sampler

Message = dict[str, str]
FinishReason = Literal["stop", "length"]

DEFAULT_CONTEXT_TOKENS = 4096


class Reply(NamedTuple):
    """What a model wrote."""

    text: str
    finish_reason: FinishReason
    """`length`: cut off by a limit of tokens, so that the text is seldom whole JSON."""
    prompt_tokens: int
    """As the server counts; 0 where it does not tell."""
    completion_tokens: int
    seconds: float
    """From the request that was answered to its last token; failed ones before it not counted."""
    rewinds: int = 0
    """How often a piece was taken back and written anew, which only engines of our own can."""


class Patience(NamedTuple):
    """How long to wait for a server, and how often to ask again."""

    timeout_seconds: float = 180.0
    """Between two pieces of an answer; the first one waits until the model is loaded."""
    tries: int = 4
    wait_seconds: float = 1.0
    """Before the second try; doubled for each one after."""


class EndpointError(TopochefError):
    """A server did not answer: the message names it, the model, the cause and the remedy.

    It says nothing of the model, and must never be counted as a failure of its own.
    """


class NoTextError(TopochefError):
    """A model was asked and there is no text of it: an answer without a word, or one refused.

    That is what its model, or the schema, is worth for this request.
    """


class Endpoint(Protocol):
    """Asks one model on one server; several threads may share it."""

    def facts(self) -> dict[str, Any]:
        """Return engine, model, client library and server, without credentials, for manifests."""
        ...

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
        """Ask for an answer of at most `max_tokens` tokens that obeys the JSON schema, if given.

        What of `sampler` a server refuses is left out, and named by `facts`.
        `on_text` is given every piece as it arrives. Where a stream breaks, the request is made
        again and `on_text` hears what goes beyond the characters it has heard; the reply holds the
        second text alone. Raises `EndpointError` if the server does not answer in time, after
        retries, or refuses, and `NoTextError` if it answers without a text. A text cut off by
        `max_tokens` is a reply, not an error.
        """
        ...


class Server(NamedTuple):
    """A kind of server: the module of this package that declares one asks it."""

    form: str
    """How a model of it is named, with an example."""
    spec: re.Pattern[str]
    """What such a name is."""
    ask: Callable[[re.Match[str], int, Patience], Endpoint]
    """Returns the endpoint of a name, with room for so many tokens of prompt and answer."""


def servers() -> list[Server]:
    """Return the kinds of servers: to add one is to add its file."""
    return declared(__name__, Server)


def forms() -> str:
    """Say how models of servers are named.

    >>> forms()
    'ollama:NAME, as in ollama:qwen3:4b, or openai:MODEL@http://localhost:8000/v1'
    """
    return ", or ".join(server.form for server in servers())


def endpoint(
    spec: str,
    *,
    context_tokens: int = DEFAULT_CONTEXT_TOKENS,
    patience: Patience = Patience(),  # noqa: B008  an immutable value
) -> Endpoint:
    """Return the endpoint that `ollama:NAME` or `openai:MODEL@http://host:port/v1` names.

    `ollama:` asks the server of OLLAMA_HOST, or of this machine, and has it make room for
    `context_tokens` of prompt and answer together; an OpenAI-compatible server (vLLM,
    llama-server, LM Studio) decides that itself. Its key is taken from OPENAI_API_KEY. Nothing is
    asked yet. Raises `TopochefError` for another spec, or if the client library is not installed.
    """
    for server in servers():
        if found := server.spec.fullmatch(spec):
            return server.ask(found, context_tokens, patience)
    raise TopochefError(f"{without_credentials(spec)!r} names no endpoint: write {forms()}")


def without_credentials(address: str) -> str:
    """Return an address without user, password and query, which may hold a key.

    >>> without_credentials("https://cook:secret@example.org:8000/v1?key=secret")
    'https://example.org:8000/v1'
    """
    return re.sub(r"(?<=://)[^/@]*@", "", address).split("?")[0]
