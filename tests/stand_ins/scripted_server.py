"""A language-model server that runs in the test's own process and fails as it is told to."""

from __future__ import annotations

import json
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, Self

Trouble = Literal[
    "busy",  # HTTP 429
    "broken",  # HTTP 500
    "refuse the key",  # HTTP 401, with a message that repeats the key
    "page",  # HTTP 200 with a web page
    "garbage",  # a stream of what is not JSON
    "hang up",  # the connection ends before any answer
    "hang",  # no byte comes
    "drop",  # the connection ends in the middle of the answer
    "complain",  # an error in the middle of the answer
    "empty",  # an answer without text
    "cut off",  # half of the answer, ended by the limit of tokens
]
PIECE_CHARS = 7


class _QuietServer(ThreadingHTTPServer):
    """A client that is killed is part of the test, and no error of the server."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


class ScriptedServer(ABC):
    """Answers every request by `answer(body)`, once the script of troubles is used up."""

    def __init__(self, answer: Callable[[dict[str, Any]], str] = lambda body: "{}") -> None:
        self.answer = answer
        self.trouble: Callable[[dict[str, Any]], Trouble | None] = lambda body: None
        """What goes wrong with a request, by its body; before the script."""
        self.script: deque[Trouble | None] = deque()
        """What goes wrong with the next requests; None is a plain answer."""
        self.bodies: list[dict[str, Any]] = []
        """The requests so far, failed ones too."""
        self.headers: list[dict[str, str]] = []
        self.models = {"cook"}
        self.reads: Callable[[dict[str, Any]], int] = prompt_tokens
        """How many tokens of a prompt it says that it read."""
        self.unknown: set[str] = set()
        """Fields of a request that are refused, as strict services do."""
        self.refuse: Callable[[dict[str, Any]], tuple[int, str] | None] = lambda body: None
        """Returns the status and the words of a refusal; None for a request that is taken."""
        self.names_all = True
        """Whether a refusal names all of them, or the first alone."""
        self._released = threading.Event()
        self._server = _QuietServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    @property
    def host(self) -> str:
        """The address without a path."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Listen no more: later requests are refused a connection."""
        self._released.set()
        self._server.shutdown()
        self._server.server_close()

    path: str
    stream_type: str

    @abstractmethod
    def error(self, message: str) -> dict[str, Any]:
        """Return the body of an HTTP error."""

    @abstractmethod
    def unknown_model(self, model: str) -> str:
        """Return what is said of a model that is not there."""

    @abstractmethod
    def pieces(self, body: dict[str, Any], text: str, finish_reason: str) -> Iterator[bytes]:
        """Yield the chunks of a stream."""

    @abstractmethod
    def complaint(self) -> bytes:
        """Return the chunk that tells of an error after HTTP 200."""

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.bodies.append(body)
                outer.headers.append(dict(self.headers))
                scripted = outer.script.popleft() if outer.script else None
                outer._serve(self, body, outer.trouble(body) or scripted)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler

    def _serve(
        self, to: BaseHTTPRequestHandler, body: dict[str, Any], trouble: Trouble | None
    ) -> None:
        if to.path != self.path:
            _send(to, 404, "text/plain", b"404 page not found")
        elif body["model"] not in self.models:
            _send_json(to, 404, self.error(self.unknown_model(body["model"])))
        elif trouble in ("busy", "broken"):
            status = 429 if trouble == "busy" else 500
            _send_json(to, status, self.error(f"the server is {trouble}"))
        elif trouble == "refuse the key":
            _send_json(to, 401, self.error(f"wrong: {to.headers['Authorization']}"))
        elif refusal := self.refuse(body):
            _send_json(to, refusal[0], self.error(refusal[1]))
        elif unknown := sorted(self.unknown & set(body)):
            named = unknown if self.names_all else unknown[:1]
            _send_json(to, 400, self.error(f"unknown fields: {', '.join(named)}"))
        elif trouble == "page":
            _send(to, 200, "text/html", b"<html>Please log in</html>")
        elif trouble == "hang up":
            to.close_connection = True
        elif trouble == "hang":
            self._released.wait(30)
            to.close_connection = True
        else:
            self._stream(to, body, trouble)

    def _stream(
        self, to: BaseHTTPRequestHandler, body: dict[str, Any], trouble: Trouble | None
    ) -> None:
        text = "" if trouble == "empty" else self.answer(body)
        if trouble == "cut off":
            text = text[: len(text) // 2]
        chunks = list(self.pieces(body, text, "length" if trouble == "cut off" else "stop"))
        if trouble == "garbage":
            chunks = [b"data: {oops\n\n"]
        if trouble in ("drop", "complain"):
            chunks = chunks[: max(1, len(chunks) // 2)]
        if trouble == "complain":
            chunks.append(self.complaint())
        to.send_response(200)
        to.send_header("Content-Type", self.stream_type)
        to.send_header("Transfer-Encoding", "chunked")
        to.end_headers()
        for chunk in chunks:
            to.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        if trouble == "drop":
            to.close_connection = True
        else:
            to.wfile.write(b"0\r\n\r\n")


def prompt_tokens(body: dict[str, Any]) -> int:
    """Count the tokens of a prompt as if each word and each turn were one."""
    return sum(len(message["content"].split()) + 1 for message in body["messages"])


def cut(text: str) -> Iterator[str]:
    """Yield a text in pieces, as tokens come."""
    for start in range(0, len(text), PIECE_CHARS):
        yield text[start : start + PIECE_CHARS]


def _send_json(to: BaseHTTPRequestHandler, status: int, body: dict[str, Any]) -> None:
    _send(to, status, "application/json", json.dumps(body).encode())


def _send(to: BaseHTTPRequestHandler, status: int, kind: str, body: bytes) -> None:
    to.send_response(status)
    to.send_header("Content-Type", kind)
    to.send_header("Content-Length", str(len(body)))
    to.end_headers()
    to.wfile.write(body)
