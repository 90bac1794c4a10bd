"""A model that lives on an Ollama server for the length of a `with` block."""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from recipe_base.errors import TopochefError
from recipe_base.runs import Run
from recipe_export.modelfile.syntax import Command

if TYPE_CHECKING:
    from ollama import Client

TIMEOUT_SECONDS = 600
_COMMANDS = ("FROM", "TEMPLATE", "SYSTEM")
_WHOLE_NUMBERS = ("num_ctx", "num_predict", "top_k", "repeat_last_n")


@contextmanager
def connected() -> Iterator[Client]:
    """Give a client of the server at OLLAMA_HOST, and turn its failures into messages.

    Raises `TopochefError` if no server answers there, if it refuses a request, or if it does not
    answer in time.
    """
    import httpx
    from ollama import Client, ResponseError
    from pydantic import ValidationError

    host = os.environ.get("OLLAMA_HOST") or "127.0.0.1:11434"
    remedy = "start one (`ollama serve`), or set OLLAMA_HOST to where one runs"
    try:
        with Client(host, timeout=TIMEOUT_SECONDS) as client:
            client.list()
            yield client
    except (ConnectionError, httpx.TransportError) as error:
        raise TopochefError(f"no Ollama server answers at {host}: {remedy} ({error})") from error
    except ResponseError as error:
        raise TopochefError(
            f"the Ollama server at {host} refuses a request: {error.error} (status "
            f"{error.status_code}): update Ollama, and see its log"
        ) from error
    except (ValidationError, json.JSONDecodeError) as error:
        raise TopochefError(f"what answers at {host} is no Ollama server: {remedy}") from error


@contextmanager
def created(client: Client, run: Run, commands: Sequence[Command]) -> Iterator[str]:
    """Create a model from a Modelfile's commands, give its name, and delete it whatever happens.

    The name is new on the server, so that no model of anybody's is replaced.
    """
    values = dict(commands)
    gguf = run.folder / values["FROM"]
    if not gguf.is_file():
        raise TopochefError(f"{run.modelfile}: {gguf} is not there: run `recipe-export all` again")
    name = model_name(run.name)
    digest = client.create_blob(gguf)
    try:
        client.create(
            model=name,
            files={gguf.name: digest},
            template=values["TEMPLATE"],
            system=values["SYSTEM"],
            parameters=parameters(commands),
            stream=False,
        )
        yield name
    finally:
        _delete(client, name)


def model_name(run: str) -> str:
    """Return a name that Ollama takes and no model has.

    >>> model_name("Tiny topo½")[:26]
    'topochef-check-tiny-topo--'
    """
    return f"topochef-check-{re.sub('[^a-z0-9]', '-', run.lower())[:40]}-{secrets.token_hex(4)}"


def parameters(commands: Sequence[Command]) -> Mapping[str, Any]:
    """Return the `PARAMETER`s of a Modelfile as the API takes them.

    >>> parameters([Command("FROM", "x"), Command("num_ctx", "64"), Command("stop", "<|im_end|>")])
    {'num_ctx': 64, 'stop': ['<|im_end|>']}
    """
    found: dict[str, Any] = {}
    for name, value in commands:
        if name == "stop":
            found.setdefault(name, []).append(value)
        elif name not in _COMMANDS:
            found[name] = int(value) if name in _WHOLE_NUMBERS else float(value)
    return found


def _delete(client: Client, name: str) -> None:
    """Delete a model; one that was never created is gone already."""
    import httpx
    from ollama import ResponseError

    try:
        client.delete(name)
    except (ResponseError, ConnectionError, httpx.TransportError) as error:
        if getattr(error, "status_code", None) != 404:
            raise TopochefError(
                f"the model {name} could not be deleted ({error}): run `ollama rm {name}`"
            ) from error
