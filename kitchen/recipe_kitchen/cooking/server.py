"""A small web page on this machine: nobody else can reach it, and no other page can use it.

It listens on the loopback address only. A name that resolves to it later (DNS rebinding) is refused
by its Host header, a request from another page by its Origin; the page loads nothing from elsewhere
(Content-Security-Policy) and shows texts as texts.
"""

from __future__ import annotations

import json
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any

from recipe_base.errors import TopochefError
from recipe_base.files import to_json
from recipe_kitchen.cooking.kitchen import Event, Kitchen

ADDRESS = "127.0.0.1"
MAX_BODY_BYTES = 32_768
_TIMEOUT_SECONDS = 30.0
_PAGE = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
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


class Server(ThreadingHTTPServer):
    """Serves the page of one kitchen."""

    daemon_threads = True

    def __init__(self, kitchen: Kitchen, port: int) -> None:
        """Listen on a port of this machine, 0 for a free one."""
        super().__init__((ADDRESS, port), _Handler)
        self.kitchen = kitchen

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://{ADDRESS}:{self.server_port}"

    @property
    def hosts(self) -> frozenset[str]:
        """What a browser that was sent here on purpose says in its Host header."""
        return frozenset(f"{name}:{self.server_port}" for name in (ADDRESS, "localhost"))

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a browser that has gone; show any other fault."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


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


class _RefusedError(Exception):
    """A request that is not answered, and why."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class _Handler(BaseHTTPRequestHandler):
    server: Server
    server_version = "recipe-cook"
    sys_version = ""
    timeout = _TIMEOUT_SECONDS

    def do_GET(self) -> None:
        """Hand out the page."""
        try:
            self._check_host()
            if self.path not in _PAGE:
                raise _RefusedError(HTTPStatus.NOT_FOUND, "there is nothing here")
        except _RefusedError as refusal:
            self._refuse(refusal)
            return
        name, kind = _PAGE[self.path]
        self._send(HTTPStatus.OK, kind, (files(__package__) / "page" / name).read_bytes())

    def do_POST(self) -> None:
        """Cook, or scale."""
        try:
            self._check_host()
            self._check_origin()
            request = self._read_json()
            if self.path == "/scale":
                answer = to_json(self.server.kitchen.scale(request)).encode()
                self._send(HTTPStatus.OK, "application/json", answer)
            elif self.path == "/cook":
                self._cook(request)
            else:
                raise _RefusedError(HTTPStatus.NOT_FOUND, "there is nothing here")
        except _RefusedError as refusal:
            self._refuse(refusal)
        except TopochefError as error:
            self._refuse(_RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)))

    def _cook(self, request: dict[str, Any]) -> None:
        """Answer with one JSON object a line, as they come; problems are the last line."""
        self._start(HTTPStatus.OK, "application/x-ndjson")
        try:
            self.server.kitchen.cook(request, self._send_event)
        except TopochefError as error:
            self._send_event({"error": str(error)})
        except (ConnectionError, TimeoutError):
            raise
        except Exception:
            self._send_event({"error": "the model broke down: see the terminal of recipe-cook"})
            raise

    def _send_event(self, event: Event) -> None:
        self.wfile.write(to_json(event).encode() + b"\n")
        self.wfile.flush()

    def _check_host(self) -> None:
        if self.headers.get("Host", "") not in self.server.hosts:
            raise _RefusedError(HTTPStatus.MISDIRECTED_REQUEST, f"open {self.server.url} instead")

    def _check_origin(self) -> None:
        if self.headers.get("Origin") != f"http://{self.headers['Host']}":
            raise _RefusedError(HTTPStatus.FORBIDDEN, "only the page itself may ask")
        if self.headers.get_content_type() != "application/json":
            raise _RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a request is JSON")

    def _read_json(self) -> dict[str, Any]:
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdecimal():
            raise _RefusedError(HTTPStatus.LENGTH_REQUIRED, "a request says how long it is")
        if int(length) > MAX_BODY_BYTES:
            raise _RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the request is too long")
        try:
            value = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise _RefusedError(HTTPStatus.BAD_REQUEST, "a request is a JSON object")
        return value

    def _refuse(self, refusal: _RefusedError) -> None:
        body = to_json({"error": str(refusal)}).encode()
        self._send(refusal.status, "application/json", body)

    def _send(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self._start(status, kind, {"Content-Length": str(len(body))})
        self.wfile.write(body)

    def _start(self, status: HTTPStatus, kind: str, more: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, **_HEADERS, **(more or {})}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the terminal quiet."""
