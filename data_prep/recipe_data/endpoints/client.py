"""What both engines share: streaming, faults told apart, and asking again."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

from recipe_base.errors import TopochefError
from recipe_data.endpoints import (
    EndpointError,
    FinishReason,
    Message,
    NoTextError,
    Patience,
    Reply,
)
from recipe_data.endpoints.lengths import MORE_ROOM, least_tokens
from recipe_data.sampling import DEFAULT, Sampler

if TYPE_CHECKING:
    import httpx

_LONGEST_WAIT_SECONDS = 60.0
_BUSY = (408, 409, 425, 429)
_SHOWN_CHARS = 300
_WITHHELD = ("content_filter", "tool_calls", "function_call")


class RequestError(Exception):
    """One request failed."""

    def __init__(
        self, cause: str, remedy: str, *, passes: bool, wait_seconds: float | None = None
    ) -> None:
        """Tell what happened; a fault that `passes` is worth another try, after the given wait."""
        super().__init__(cause)
        self.cause = cause
        self.remedy = remedy
        self.passes = passes
        self.wait_seconds = wait_seconds


class WithoutTextError(RequestError):
    """The server answered, and there was no text in it."""


class Chunk(NamedTuple):
    """A piece of a stream; what the server says at the end only is None before."""

    text: str = ""
    finish_reason: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class Request(NamedTuple):
    """What a model is asked."""

    messages: Sequence[Message]
    schema: dict[str, Any] | None
    max_tokens: int
    sampler: Sampler
    seed: int


class Client(ABC):
    """An `Endpoint` but for how its engine is spoken to."""

    engine: str
    start_remedy: str
    """What to do where no server listens."""

    def __init__(self, model: str, server: str, patience: Patience) -> None:
        """Remember whom to ask; `server` is an address without credentials."""
        self.model = model
        self.server = server
        self._patience = patience

    @abstractmethod
    def _chunks(self, request: Request) -> Iterator[Chunk]:
        """Stream one answer; raise `RequestError`, never an exception of the client library."""

    @abstractmethod
    def _client_library(self) -> str:
        """Return the distribution whose version is recorded."""

    def facts(self) -> dict[str, Any]:
        """Return engine, model, client library and server; see `Endpoint`."""
        from importlib.metadata import version

        library = self._client_library()
        return {
            "engine": self.engine,
            "model": self.model,
            "client": f"{library} {version(library)}",
            "server": self.server,
        }

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
        """Ask until there is an answer, or patience ends; see `Endpoint`."""
        request = Request(messages, schema, max_tokens, sampler, seed)
        tell = _beyond_heard(on_text) if on_text else None
        wait = self._patience.wait_seconds
        for tried in count(1):
            try:
                return self._answer(request, tell)
            except RequestError as fault:
                if not fault.passes or tried >= self._patience.tries:
                    raise self._error(fault, tried) from fault
                time.sleep(min(fault.wait_seconds or wait, _LONGEST_WAIT_SECONDS))
                wait *= 2
        raise AssertionError("unreachable")

    def _answer(self, request: Request, tell: Callable[[str], None] | None) -> Reply:
        start = time.perf_counter()
        text, last = "", Chunk()
        for chunk in self._chunks(request):
            text += chunk.text
            if tell:
                tell(text)
            last = Chunk("", *(b if b is not None else a for a, b in _pairs(last, chunk)))
        if 0 < (read := last.prompt_tokens or 0) < least_tokens(request.messages):
            raise RequestError(
                f"cut the prompt: it read {read} tokens of {least_tokens(request.messages)} words",
                MORE_ROOM,
                passes=False,
            )
        reason = _finish_reason(last.finish_reason)
        if reason == "stop" and not text.strip():
            raise WithoutTextError("answered with an empty text", "try another model", passes=True)
        return Reply(
            text=text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
            finish_reason=reason,
            prompt_tokens=last.prompt_tokens or 0,
            completion_tokens=last.completion_tokens or 0,
            seconds=time.perf_counter() - start,
        )

    def _error(self, fault: RequestError, tried: int) -> TopochefError:
        times = f" ({tried} tries)" if tried > 1 else ""
        kind = NoTextError if isinstance(fault, WithoutTextError) else EndpointError
        return kind(
            f"{self.engine} at {self.server}, model {self.model}: {fault.cause}{times}: "
            f"{fault.remedy}"
        )

    def _transport_fault(self, error: httpx.HTTPError) -> RequestError:
        """Tell a server that is not there from one that is slow and one that broke off."""
        import httpx

        if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)):
            return RequestError("no server answers there", self.start_remedy, passes=True)
        if isinstance(error, httpx.TimeoutException):
            return RequestError(
                f"nothing came for {self._patience.timeout_seconds:g} s",
                "see what the server is doing, ask for fewer tokens, or take a smaller model",
                passes=True,
            )
        return broken_off(str(error))

    def _status_fault(self, status: int, message: str, wait: float | None = None) -> RequestError:
        """Word an answer that is an HTTP error other than an unknown model."""
        if status in (401, 403):  # what such a server says may repeat the key
            return RequestError(
                f"refused the credentials (HTTP {status})", "set the right key", passes=False
            )
        return RequestError(
            f"HTTP {status}: {shown(message)}",
            "see the log of the server",
            passes=status >= 500 or status in _BUSY,
            wait_seconds=wait,
        )


def broken_off(detail: str = "") -> RequestError:
    """Word a stream that ended before the answer did."""
    cause = f"broke off in the middle of an answer{f' ({detail})' if detail else ''}"
    return RequestError(
        cause, "see the log of the server, which may have run out of memory", passes=True
    )


def not_the_protocol(engine: str, error: Exception) -> RequestError:
    """Word a stream that is not what such a server sends: a proxy's page, another service."""
    return RequestError(
        f"sent what no {engine} server sends ({shown(str(error))})",
        "check the address, and what stands between here and the server",
        passes=True,
    )


def missing_library(name: str) -> TopochefError:
    """Word that the client library is not installed."""
    return TopochefError(f"{name} is not installed: run `pip install 'topochef[local]'`")


def shown(message: str) -> str:
    """Return a server's message as one line of readable length."""
    return " ".join(message.split())[:_SHOWN_CHARS] or "no reason given"


def _finish_reason(told: str | None) -> FinishReason:
    if told == "stop":
        return "stop"
    if told == "length":
        return "length"
    if told is None:
        raise broken_off()
    if told in _WITHHELD:
        raise WithoutTextError(
            f"ended the answer with {told!r}", "word the request otherwise", passes=False
        )
    raise broken_off(f"ended it with {told!r}")


def _pairs(last: Chunk, chunk: Chunk) -> Iterator[tuple[Any, Any]]:
    return zip(last[1:], chunk[1:], strict=True)


def _beyond_heard(on_text: Callable[[str], None]) -> Callable[[str], None]:
    """Return what is given the text so far, and hands on what is longer than anything before."""
    heard = 0

    def tell(text: str) -> None:
        nonlocal heard
        if len(text) > heard:
            piece, heard = text[heard:], len(text)
            on_text(piece)

    return tell
