"""What all tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from ollama_stand_in import OllamaStandIn
from openai_stand_in import OpenAIStandIn

# `make test` says the same on every machine; `make fuzz` draws new examples each time.
settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
settings.register_profile("explore", print_blob=True, deadline=None)
settings.load_profile("repeatable")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real recipe data beside the checkout; never part of the project."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(
            f"no real recipe data at {folder.parent.name}/{folder.name} beside the checkout"
        )
    return folder


@pytest.fixture
def ollama_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[OllamaStandIn]:
    """A stand-in for Ollama where `ollama:cook` finds it."""
    with OllamaStandIn() as server:
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("OLLAMA_HOST", server.host)
        yield server


@pytest.fixture
def openai_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIStandIn]:
    """A stand-in for an OpenAI-compatible server that serves the model `cook`."""
    with OpenAIStandIn() as server:
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)
        yield server
