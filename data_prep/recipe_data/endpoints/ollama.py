"""An Ollama server, through the client library of its makers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from recipe_data.endpoints import DEFAULT_CONTEXT_TOKENS, Patience, Server, without_credentials
from recipe_data.endpoints.client import (
    Chunk,
    Client,
    Request,
    RequestError,
    missing_library,
    not_the_protocol,
)
from recipe_data.sampling import WINDOW_TOKENS


class Ollama(Client):
    """An `Endpoint` over `/api/chat`, thinking switched off."""

    engine = "ollama"
    start_remedy = "start it with `ollama serve`, or set OLLAMA_HOST to where it runs"

    def __init__(
        self,
        model: str,
        host: str | None = None,
        *,
        context_tokens: int = DEFAULT_CONTEXT_TOKENS,
        patience: Patience = Patience(),  # noqa: B008  an immutable value
    ) -> None:
        """Name a model as `ollama list` does; `host` None is OLLAMA_HOST, else this machine.

        A prompt that leaves no room in `context_tokens` is cut by the server without a word, and
        an error here. Raises `TopochefError` if the client library is not installed.
        """
        try:
            import ollama
        except ImportError as error:
            raise missing_library("ollama") from error
        self._client = ollama.Client(host, timeout=patience.timeout_seconds)
        address = without_credentials(str(self._client._client.base_url)).rstrip("/")
        super().__init__(model, address, patience)
        self._context_tokens = context_tokens

    def _client_library(self) -> str:
        return "ollama"

    def _chunks(self, request: Request) -> Iterator[Chunk]:
        import httpx
        import ollama

        try:
            for part in self._client.chat(
                model=self.model,
                messages=request.messages,
                stream=True,
                think=False,
                format=request.schema,
                options={
                    "num_predict": request.max_tokens,
                    "num_ctx": self._context_tokens,
                    **request.sampler.to_dict(),
                    "repeat_last_n": WINDOW_TOKENS,
                    "seed": request.seed,
                },
            ):
                if (part.prompt_eval_count or 0) >= self._context_tokens:
                    raise RequestError(
                        f"the prompt fills all of its {self._context_tokens} tokens, or was cut",
                        "raise --max-tokens where the command has it, which makes more room, "
                        "or shorten what is asked",
                        passes=False,
                    )
                yield Chunk(
                    text=part.message.content or "",
                    finish_reason=part.done_reason if part.done else None,
                    prompt_tokens=part.prompt_eval_count,
                    completion_tokens=part.eval_count,
                )
        except ollama.ResponseError as error:
            raise self._refusal(error.status_code, str(error.error)) from error
        except httpx.HTTPError as error:
            raise self._transport_fault(error) from error
        except (ValueError, AttributeError, TypeError) as error:
            raise not_the_protocol(self.engine, error) from error

    def _refusal(self, status: int, message: str) -> RequestError:
        if status == 404 and message.startswith("model"):
            return RequestError(
                "the server has no such model", f"`ollama pull {self.model}`", passes=False
            )
        if status == -1:  # an error in the middle of a stream that began with HTTP 200
            return RequestError(message, "see the log of the server", passes=True)
        return self._status_fault(status, message)


SERVER = Server(
    "ollama:NAME, as in ollama:qwen3:4b",
    re.compile(r"ollama:(?P<model>[^@\s]+)"),
    lambda name, tokens, patience: Ollama(name["model"], context_tokens=tokens, patience=patience),
)
