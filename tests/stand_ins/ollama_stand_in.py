"""Stands in for an Ollama server: `/api/chat` as Ollama's API reference describes it, no model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from scripted_server import ScriptedServer, cut


class OllamaStandIn(ScriptedServer):
    """Streams one JSON object a line, the counts in the last."""

    path = "/api/chat"
    stream_type = "application/x-ndjson"

    def error(self, message: str) -> dict[str, Any]:
        return {"error": message}

    def unknown_model(self, model: str) -> str:
        return f"model '{model}' not found"

    def pieces(self, body: dict[str, Any], text: str, finish_reason: str) -> Iterator[bytes]:
        for piece in cut(text):
            yield self._line(body, piece, done=False)
        yield self._line(
            body,
            "",
            done=True,
            done_reason=finish_reason,
            prompt_eval_count=self.reads(body),
            eval_count=sum(1 for _ in cut(text)),
        )

    def complaint(self) -> bytes:
        return b'{"error":"the runner has gone"}\n'

    @staticmethod
    def _line(body: dict[str, Any], content: str, **more: Any) -> bytes:
        message = {"role": "assistant", "content": content}
        stamp = "2025-01-01T12:00:00Z"
        line = {"model": body["model"], "created_at": stamp, "message": message, **more}
        return json.dumps(line).encode() + b"\n"
