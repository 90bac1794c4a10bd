"""Stands in for vLLM, llama-server or LM Studio: `/v1/chat/completions` as OpenAI's reference says.

No model: the texts are the test's own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from scripted_server import ScriptedServer, cut


class OpenAIStandIn(ScriptedServer):
    """Streams server-sent events: pieces, why it ended, the counts, `[DONE]`."""

    path = "/v1/chat/completions"
    stream_type = "text/event-stream"

    def __init__(self, answer: Callable[[dict[str, Any]], str] = lambda body: "{}") -> None:
        super().__init__(answer)
        self.counts = True
        """Whether it tells the numbers of tokens; some servers do not."""

    @property
    def address(self) -> str:
        """What stands behind the @ of a spec."""
        return f"{self.host}/v1"

    def error(self, message: str) -> dict[str, Any]:
        return {"error": {"message": message, "type": "server_error"}}

    def unknown_model(self, model: str) -> str:
        return f"The model `{model}` does not exist."

    def pieces(self, body: dict[str, Any], text: str, finish_reason: str) -> Iterator[bytes]:
        written = list(cut(text))
        for piece in written:
            yield self._event(body, [self._choice({"content": piece})])
        yield self._event(body, [self._choice({}, finish_reason)])
        if self.counts and body.get("stream_options", {}).get("include_usage"):
            usage = {"prompt_tokens": self.reads(body), "completion_tokens": len(written)}
            yield self._event(body, [], usage=usage)
        yield b"data: [DONE]\n\n"

    def complaint(self) -> bytes:
        return b'data: {"error":{"message":"the engine has gone"}}\n\n'

    @staticmethod
    def _choice(delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
        return {"index": 0, "delta": delta, "finish_reason": finish_reason}

    @staticmethod
    def _event(body: dict[str, Any], choices: list[dict[str, Any]], **more: Any) -> bytes:
        event = {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": body["model"],
            "choices": choices,
            **more,
        }
        return b"data: " + json.dumps(event).encode() + b"\n\n"
