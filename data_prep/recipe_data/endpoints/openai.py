"""Any server that speaks OpenAI's protocol: vLLM, llama-server, LM Studio, or a service."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

from recipe_data.endpoints import Patience, Server, without_credentials
from recipe_data.endpoints.client import (
    Chunk,
    Client,
    Request,
    RequestError,
    missing_library,
    not_the_protocol,
    shown,
)
from recipe_data.sampling import Sampler

if TYPE_CHECKING:
    import openai

_NO_KEY = "none"  # local servers ask for none, and the client library insists on one
_SCHEMA_FORM = "json_schema"


class OpenAI(Client):
    """An `Endpoint` over `/chat/completions` with a strict JSON schema.

    Temperature and top_p are always named. The rest of a sampler is no part of OpenAI's protocol:
    it is sent as vLLM, llama-server and LM Studio call it, and no more to a server that refuses it.
    One that knows `json_object` and no schema is given the schema beside that, as the server of
    llama-cpp-python takes it.
    """

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
        self._refused: frozenset[str] = frozenset()

    def facts(self) -> dict[str, Any]:
        """Return the facts of the endpoint, and which fields its server refused so far."""
        refused = {"refused_fields": sorted(self._refused)} if self._refused else {}
        return {**super().facts(), **refused}

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
        """Open a stream, without the fields that the server names in a refusal."""
        import openai

        while True:
            sent = extra_fields(request.sampler).keys() - self._refused
            try:
                return self._create(request, sent)
            except openai.APIStatusError as error:
                named = {field for field in sent if re.search(rf"\b{field}\b", error.message)}
                if request.schema is not None and "json_object" in error.message:
                    named |= {_SCHEMA_FORM} - self._refused
                if not named or not _is_refusal(error):
                    raise
                self._refused |= named

    def _create(self, request: Request, sent: Collection[str]) -> openai.Stream[Any]:
        import openai

        form: Any = {
            "type": _SCHEMA_FORM,
            "json_schema": {"name": "answer", "schema": request.schema, "strict": True},
        }
        if _SCHEMA_FORM in self._refused:
            form = {"type": "json_object", "schema": request.schema}
        messages: Any = list(request.messages)
        return self._client.chat.completions.create(
            model=self.model,
            messages=messages,
            response_format=form if request.schema is not None else openai.omit,
            max_tokens=request.max_tokens,
            temperature=request.sampler.temperature,
            top_p=request.sampler.top_p,
            seed=request.seed,
            stream=True,
            stream_options={"include_usage": True},
            extra_body={k: v for k, v in extra_fields(request.sampler).items() if k in sent},
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


def _is_refusal(error: openai.APIStatusError) -> bool:
    """Tell a request that is refused as it stands; llama-cpp-python calls that status 500."""
    return error.status_code in (400, 422) or "validation error" in error.message


def extra_fields(sampler: Sampler) -> dict[str, Any]:
    """Return what is asked beyond OpenAI's protocol.

    Named even where it is off: such servers have defaults of their own. A `top_k` of 0 is off for
    all of them. Thinking is what the templates of Qwen3 and its kind know.
    """
    return {
        "chat_template_kwargs": {"enable_thinking": False},
        "min_p": sampler.min_p,
        "top_k": sampler.top_k,
        "repetition_penalty": sampler.repeat_penalty,  # as vLLM calls it
        "repeat_penalty": sampler.repeat_penalty,  # as llama-server and LM Studio do
    }


SERVER = Server(
    "openai:MODEL@http://localhost:8000/v1",
    re.compile(r"openai:(?P<model>.+?)@(?P<address>https?://.+)"),
    lambda name, _, patience: OpenAI(name["model"], name["address"], patience=patience),
)
