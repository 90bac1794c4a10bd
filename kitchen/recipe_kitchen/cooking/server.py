"""A small web page on this machine: nobody else can reach it, and no other page can use it.

It listens on the loopback address only. A name that resolves to it later (DNS rebinding) is refused
by its Host header, a request from another page by its Origin; the page loads nothing from elsewhere
(Content-Security-Policy) and shows texts as texts.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import threading
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recipe_base.errors import TopochefError
from recipe_base.files import to_json
from recipe_kitchen.cooking.events import Event
from recipe_kitchen.cooking.kitchen import Kitchen

ADDRESS = "127.0.0.1"
MAX_BODY_BYTES = 32_768
_BODY_SECONDS = 30.0
_BROKEN = "it broke down: see the terminal of recipe-cook"
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
        " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


Task = Callable[[Event, Callable[[Event], None]], None]


class Server:
    """Serves the page of one kitchen."""

    def __init__(self, kitchen: Kitchen, port: int) -> None:
        """Listen on a port of this machine, 0 for a free one; raises what a socket raises."""
        self._socket = socket.create_server((ADDRESS, port))
        self.port: int = self._socket.getsockname()[1]
        settings = uvicorn.Config(
            _Guard(_page_of(kitchen), self.port),
            http="h11",
            ws="none",
            lifespan="off",
            proxy_headers=False,
            access_log=False,
            log_level="critical",  # what breaks down is printed below
            server_header=False,
            timeout_graceful_shutdown=0,  # nobody waits for a model's next word
        )
        self._server = uvicorn.Server(settings)

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://{ADDRESS}:{self.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def serve_forever(self) -> None:
        """Serve until `shutdown`, or a signal."""
        self._server.run(sockets=[self._socket])

    def shutdown(self) -> None:
        """Have `serve_forever` return, in whatever thread it runs."""
        self._server.should_exit = True


def serve(kitchen: Kitchen, port: int) -> None:
    """Serve until Ctrl-C; raises `TopochefError` if the port cannot be used."""
    try:
        server = Server(kitchen, port)
    except (OSError, OverflowError) as error:
        raise TopochefError(
            f"port {port} cannot be used ({error}): choose another --port"
        ) from error
    with server:
        print(f"Cooking at {server.url} (Ctrl-C ends it)", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("closed", file=sys.stderr)


def _page_of(kitchen: Kitchen) -> Starlette:
    def streaming(task: Task) -> Callable[[Request], Awaitable[Response]]:
        async def stream(request: Request) -> Response:
            events = _events(task, await _object(request))
            return StreamingResponse(events, media_type="application/x-ndjson")

        return stream

    def answering(ask: Callable[[Event], Event]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            return _json(HTTPStatus.OK, await run_in_threadpool(ask, await _object(request)))

        return answer

    return Starlette(
        routes=[
            *(
                Route(f"/{name}", streaming(task), methods=["POST"])
                for name, task in kitchen.tasks.items()
            ),
            *(
                Route(f"/{name}", answering(ask), methods=["POST"])
                for name, ask in kitchen.questions.items()
            ),
            Mount("/", StaticFiles(packages=[(__package__, "page")], html=True)),
        ],
        exception_handlers={HTTPException: _refused, TopochefError: _refused, Exception: _broken},
    )


async def _object(request: Request) -> dict[str, Any]:
    """Return the JSON object of a request, whose size and kind the guard has seen."""
    try:
        value = json.loads(await asyncio.wait_for(request.body(), _BODY_SECONDS))
    except TimeoutError as error:
        raise HTTPException(HTTPStatus.REQUEST_TIMEOUT, "the request did not come") from error
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise HTTPException(HTTPStatus.BAD_REQUEST, "a request is a JSON object")
    return value


async def _events(task: Task, asked: dict[str, Any]) -> AsyncIterator[bytes]:
    """Yield one JSON object a line, as they come; problems are the last line.

    A thread works. It ends at its next word where nobody listens any more.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[Event | None] = asyncio.Queue()
    gone = threading.Event()

    def put(event: Event | None) -> None:
        with suppress(RuntimeError):  # the server has ended
            loop.call_soon_threadsafe(queue.put_nowait, event)

    def send(event: Event) -> None:
        if gone.is_set():
            raise ConnectionAbortedError
        put(event)

    def work() -> None:
        try:
            task(asked, send)
        except TopochefError as error:
            put({"error": str(error)})
        except ConnectionAbortedError:
            pass
        except Exception:
            traceback.print_exc()
            put({"error": _BROKEN})
        put(None)

    threading.Thread(target=work, daemon=True).start()
    try:
        while (event := await queue.get()) is not None:
            yield to_json(event).encode() + b"\n"
    finally:
        gone.set()


def _json(status: int, value: Event) -> Response:
    return Response(to_json(value), status, media_type="application/json")


async def _refused(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException):
        return _json(error.status_code, {"error": error.detail})
    return _json(HTTPStatus.UNPROCESSABLE_ENTITY, {"error": str(error)})


async def _broken(request: Request, error: Exception) -> Response:
    traceback.print_exception(error)
    return _json(HTTPStatus.INTERNAL_SERVER_ERROR, {"error": _BROKEN})


class _Guard:
    """Lets only the page itself ask, and has every answer carry the page's headers."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._app = app
        self._hosts = {f"{name}:{port}" for name in (ADDRESS, "localhost")}
        self._url = f"http://{ADDRESS}:{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or say why not."""
        if scope["type"] != "http":  # the page opens no web socket
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        refusal = self._refusal(scope["method"], Headers(scope=scope))
        answer: ASGIApp = _json(refusal[0], {"error": refusal[1]}) if refusal else self._app
        await answer(scope, receive, send_with_headers)

    def _refusal(self, method: str, headers: Headers) -> tuple[HTTPStatus, str] | None:
        host = headers.get("host", "")
        if host not in self._hosts:
            return HTTPStatus.MISDIRECTED_REQUEST, f"open {self._url} instead"
        if method != "POST":
            return None
        if headers.get("origin") != f"http://{host}":
            return HTTPStatus.FORBIDDEN, "only the page itself may ask"
        if headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a request is JSON"
        length = headers.get("content-length", "")
        if not length.isdecimal():
            return HTTPStatus.LENGTH_REQUIRED, "a request says how long it is"
        if int(length) > MAX_BODY_BYTES:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the request is too long"
        return None
