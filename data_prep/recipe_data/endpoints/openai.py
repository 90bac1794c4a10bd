"""Any server that speaks OpenAI's protocol: vLLM, llama-server, LM Studio, or a service."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from recipe_data.endpoints import Patience, without_credentials
from recipe_data.endpoints.client import (
    Chunk,
    Client,
    Request,
    RequestError,
    missing_library,
    not_the_protocol,
    shown,
)

if TYPE_CHECKING:
    import openai

_NO_KEY = "none"  # local servers ask for none, and the client library insists on one
# What the templates of Qwen3 and its kind know; servers without templates ignore or refuse it.
_NO_THINKING = {"chat_template_kwargs": {"enable_thinking": False}}


class OpenAI(Client):
    """An `Endpoint` over `/chat/completions` with a strict JSON schema."""

    engine = "openai"
    start_remedy = "start the server, or mend the address behind the @"

    def __init__(
        self,
        model: str,
        address: str,
        *,
        patience: Patience = Patience(),  # noqa: B008  an immutable value
    ) -> None:
        """Name a model as the server does, and its address with `/v1`.

        The key is read from OPENAI_API_KEY and goes nowhere else. Raises `TopochefError` if the
        client library is not installed.
        """
        try:
            import openai
        except ImportError as error:
            raise missing_library("openai") from error
        self._client = openai.OpenAI(
            base_url=address,
            api_key=os.environ.get("OPENAI_API_KEY") or _NO_KEY,
            timeout=patience.timeout_seconds,
            max_retries=0,
        )
        super().__init__(model, without_credentials(address).rstrip("/"), patience)
        self._extra: dict[str, Any] = _NO_THINKING

    def _client_library(self) -> str:
        return "openai"

    def _chunks(self, request: Request) -> Iterator[Chunk]:
        import httpx
        import openai

        try:
            for part in self._open(request):
                choice = part.choices[0] if part.choices else None
                yield Chunk(
                    text=(choice.delta.content if choice else None) or "",
                    finish_reason=choice.finish_reason if choice else None,
                    prompt_tokens=part.usage.prompt_tokens if part.usage else None,
                    completion_tokens=part.usage.completion_tokens if part.usage else None,
                )
        except openai.APIStatusError as error:
            raise self._refusal(error) from error
        except openai.APIConnectionError as error:
            cause = error.__cause__
            known = cause if isinstance(cause, httpx.HTTPError) else httpx.NetworkError(str(error))
            raise self._transport_fault(known) from error
        except openai.APIError as error:  # in the middle of a stream that began with HTTP 200
            raise RequestError(
                shown(error.message), "see the log of the server", passes=True
            ) from error
        except httpx.HTTPError as error:
            raise self._transport_fault(error) from error
        except (ValueError, AttributeError, TypeError, IndexError) as error:
            raise not_the_protocol(self.engine, error) from error

    def _open(self, request: Request) -> openai.Stream[Any]:
        import openai

        try:
            return self._create(request)
        except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
            if not self._extra or "chat_template_kwargs" not in error.message:
                raise
            self._extra = {}
            return self._create(request)

    def _create(self, request: Request) -> openai.Stream[Any]:
        import openai

        form: Any = {
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": request.schema, "strict": True},
        }
        messages: Any = list(request.messages)
        return self._client.chat.completions.create(
            model=self.model,
            messages=messages,
            response_format=form if request.schema is not None else openai.omit,
            max_tokens=request.max_tokens,
            temperature=request.temperature,
            seed=request.seed,
            stream=True,
            stream_options={"include_usage": True},
            extra_body=self._extra,
        )

    def _refusal(self, error: openai.APIStatusError) -> RequestError:
        if error.status_code == 404:
            return RequestError(
                f"no such model, or no such path: {shown(error.message)}",
                f"ask {self.server}/models which models are served; the address ends in /v1",
                passes=False,
            )
        told = error.response.headers.get("retry-after", "")
        wait = float(told) if told.replace(".", "", 1).isdigit() else None
        return self._status_fault(error.status_code, error.message, wait)
