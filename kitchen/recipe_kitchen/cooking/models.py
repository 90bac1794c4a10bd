"""Who writes the recipe: a model file on this machine, or a model of a server.

Light to import: a command opens its model while it imports what reads the order.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path

from recipe_base.errors import TopochefError
from recipe_kitchen.backends import Backend

NEWEST = "runs/*/gguf/*.gguf"
_UNQUANTIZED = ("F16", "BF16", "F32")
UNTUNED = (
    "recipe-data base-model smollm2-135m --output runs/smollm2-135m && "
    "recipe-export all runs/smollm2-135m"
)
PROMPT_TOKENS = 256
"""Room for what is asked."""


LISTING_SECONDS = 0.5
"""So long a server may take to say which models it has."""


class NoModelError(TopochefError):
    """No model was named, and there is none."""


def add_model(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which model writes."""
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--model", type=Path, help=f"GGUF file (default: the newest {NEWEST})")
    source.add_argument("--ollama", metavar="NAME", help="a model of the server at OLLAMA_HOST")
    source.add_argument(
        "--openai",
        metavar="MODEL@URL",
        help="a model of vLLM, llama-server, LM Studio: qwen3@http://localhost:8000/v1",
    )


def open_backend(
    model: Path | None,
    ollama: str | None,
    max_tokens: int,
    openai: str | None = None,
    prompt_tokens: int = PROMPT_TOKENS,
    parallel: int = 1,
) -> tuple[Backend, str]:
    """Return a backend with room for `max_tokens` of answer, and the name of its model.

    A file is opened for `parallel` answers at a time.

    `openai` is `MODEL@URL`. Any model is asked with system prompt and schema, so that one that was
    not tuned here cooks too. Without any the newest model below the working directory is taken.
    Raises `TopochefError` if there is none, or if it cannot be loaded.
    """
    context_tokens = max_tokens + prompt_tokens
    if ollama or openai:
        from recipe_data.endpoints import Patience, endpoint

        spec = f"ollama:{ollama}" if ollama else f"openai:{openai}"
        name = ollama or (openai or "").partition("@http")[0]
        return endpoint(spec, context_tokens=context_tokens, patience=Patience(tries=2)), name
    path = model or newest_model(Path())
    from recipe_kitchen.backends.llamacpp import LlamaCpp

    return LlamaCpp(path, context_tokens=context_tokens, parallel=parallel), path.stem


def newest_model(folder: Path) -> Path:
    """Return the model exported last below `folder`, a quantized one if there is any.

    Raises `NoModelError` if there is none.
    """
    found = _exported(folder)
    if not found:
        raise NoModelError(
            f"there is no {NEWEST} below {folder.resolve()}: `{UNTUNED}` makes one of the packaged "
            "model, which nobody tuned (`make demo` trains it). Or name a GGUF file with --model, "
            "a model of Ollama with --ollama, of another server with --openai"
        )
    quantized = [path for path in found if not path.stem.endswith(_UNQUANTIZED)]
    return (quantized or found)[-1]


def at_hand(
    folder: Path, max_tokens: int, prompt_tokens: int = PROMPT_TOKENS, parallel: int = 1
) -> dict[str, Callable[[], Backend]]:
    """Return what loads each model that was exported below `folder`, the newest first.

    Of two files of one name the newer counts.
    """
    from recipe_kitchen.cooking.order import printable

    openers: dict[str, Callable[[], Backend]] = {}
    for path in reversed(_exported(folder)):
        openers.setdefault(
            printable(path.stem), partial(_opened, path, max_tokens, prompt_tokens, parallel)
        )
    return openers


def _opened(path: Path, max_tokens: int, prompt_tokens: int, parallel: int) -> Backend:
    return open_backend(path, None, max_tokens, None, prompt_tokens, parallel)[0]


def ollamas(
    max_tokens: int, prompt_tokens: int = PROMPT_TOKENS
) -> dict[str, Callable[[], Backend]]:
    """Return what opens each model of the server at OLLAMA_HOST; none where it is silent."""
    try:
        import httpx
        import ollama
    except ImportError:  # without `topochef[data]`
        return {}
    try:
        found = ollama.Client(timeout=LISTING_SECONDS).list().models
    except (ollama.ResponseError, httpx.HTTPError, OSError, ValueError):
        return {}
    from recipe_kitchen.cooking.order import printable

    names = [printable(each.model) for each in found if each.model]
    return {f"{name} (Ollama)": partial(_served, name, max_tokens, prompt_tokens) for name in names}


def _served(name: str, max_tokens: int, prompt_tokens: int) -> Backend:
    return open_backend(None, name, max_tokens, prompt_tokens=prompt_tokens)[0]


def _exported(folder: Path) -> list[Path]:
    """Return the model files below a folder, the newest last."""
    return sorted(folder.glob(NEWEST), key=lambda path: (path.stat().st_mtime, path.name))
