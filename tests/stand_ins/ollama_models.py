"""Stands in for an Ollama server's store of models: create, show, generate, chat, delete.

It follows Ollama's API reference; prompts are rendered from the template that it was given and
tokenized by llama.cpp, as Ollama does. No model runs: its answers are given to it.
"""

from __future__ import annotations

import hashlib
import json
import threading
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from recipe_export import local
from recipe_export.modelfile.go import GoTemplate
from recipe_export.modelfile.template import ollama_prompt

Reply = dict[str, Any] | None


class RefusedError(Exception):
    """An HTTP status with Ollama's form of an error."""

    def __init__(self, status: int, message: str) -> None:
        self.status, self.message = status, message


class OllamaModels:
    """A server that listens while it is entered; tests set what it does wrong."""

    def __init__(self, folder: Path, answer: str) -> None:
        self.folder = folder
        self.answer = answer
        self.models: dict[str, dict[str, Any]] = {}
        self.deleted: list[str] = []
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.template: str | None = None
        """What is used in place of the template that it was given."""
        self.tells_context = True
        self.done_reason = "stop"
        self.broken: set[str] = set()
        """Paths that answer with HTTP 500."""
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_any(self) -> None:
                stand_in.handle(self)

            do_GET = do_POST = do_DELETE = do_any  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._lock = threading.Lock()
        self._open = ExitStack()
        self._vocabularies: dict[str, Any] = {}

    @property
    def host(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._open.close()

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        length = int(request.headers.get("Content-Length") or 0)
        chunked = request.headers.get("Transfer-Encoding") == "chunked"
        raw = _chunks(request) if chunked else request.rfile.read(length)
        with self._lock:
            try:
                status, reply = 200, self._reply(request.command, request.path, raw)
            except RefusedError as refused:
                status, reply = refused.status, {"error": refused.message}
        data = b"" if reply is None else json.dumps(reply).encode()
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        request.wfile.write(data)

    def _reply(self, method: str, path: str, raw: bytes) -> Reply:
        if path in self.broken:
            raise RefusedError(500, "something broke")
        if path.startswith("/api/blobs/"):
            digest = path.removeprefix("/api/blobs/")
            if digest != f"sha256:{hashlib.sha256(raw).hexdigest()}":
                raise RefusedError(400, "digest mismatch")
            (self.folder / digest.replace(":", "-")).write_bytes(raw)
            return None
        body = json.loads(raw) if raw else {}
        self.requests.append((path, body))
        match method, path:
            case "GET", "/api/tags":
                return {"models": [{"model": f"{name}:latest"} for name in self.models]}
            case "POST", "/api/create":
                return self._create(body)
            case "POST", "/api/show":
                return {"template": self._model(body)["template"], "model_info": {}}
            case "POST", "/api/generate":
                return self._generate(body)
            case "POST", "/api/chat":
                return self._chat(body)
            case "DELETE", "/api/delete":
                self._model(body)
                del self.models[body["model"]]
                self.deleted.append(body["model"])
                return None
        raise RefusedError(404, "404 page not found")

    def _create(self, body: dict[str, Any]) -> Reply:
        (digest,) = body["files"].values()
        if not (self.folder / digest.replace(":", "-")).is_file():
            raise RefusedError(400, f"blob {digest} not found")
        self.models[body["model"]] = body
        return {"status": "success"}

    def _model(self, body: dict[str, Any]) -> dict[str, Any]:
        if body["model"] not in self.models:
            raise RefusedError(404, f"model '{body['model']}' not found")
        return self.models[body["model"]]

    def _generate(self, body: dict[str, Any]) -> Reply:
        model = self._model(body)
        if not body["prompt"]:
            return {"model": body["model"], "done": True, "done_reason": "unload", "response": ""}
        messages = [{"role": "user", "content": body["prompt"]}]
        prompt, ids = self._prompt(model, messages, body)
        reply = {"model": body["model"], "done": True, "done_reason": "length", "response": "{"}
        if self.tells_context:
            reply["context"] = self._tokens(model, prompt + "{")
        return {**reply, "prompt_eval_count": len(ids), "eval_count": 1}

    def _chat(self, body: dict[str, Any]) -> Reply:
        _, ids = self._prompt(self._model(body), body["messages"], body)
        return {
            "model": body["model"],
            "message": {"role": "assistant", "content": self.answer},
            "done": True,
            "done_reason": self.done_reason,
            "prompt_eval_count": len(ids),
        }

    def _prompt(
        self, model: dict[str, Any], messages: list[dict[str, str]], body: dict[str, Any]
    ) -> tuple[str, list[int]]:
        if messages[0]["role"] != "system":
            messages = [{"role": "system", "content": model["system"]}, *messages]
        template = GoTemplate(self.template or model["template"])
        prompt = ollama_prompt(template, messages, body.get("think"))
        return prompt, self._tokens(model, prompt, add_bos=True)

    def _tokens(self, model: dict[str, Any], text: str, add_bos: bool = False) -> list[int]:
        (digest,) = model["files"].values()
        if digest not in self._vocabularies:
            opened = local.vocabulary(self.folder / digest.replace(":", "-"))
            self._vocabularies[digest] = self._open.enter_context(opened)
        return local.token_ids(self._vocabularies[digest], text, add_bos)


def _chunks(request: BaseHTTPRequestHandler) -> bytes:
    """Read a body whose length was not known when it was sent."""
    data = b""
    while size := int(request.rfile.readline(), 16):
        data += request.rfile.read(size)
        request.rfile.readline()
    request.rfile.readline()
    return data
