"""What all tests share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from gold_recipes import GOLD, answer, recipe_row
from hypothesis import settings
from ollama_stand_in import OllamaStandIn
from openai_stand_in import OpenAIStandIn

from recipe_base.errors import TopochefError
from recipe_base.files import update_manifest, write_jsonl
from recipe_data.base_model import packaged_file
from recipe_data.gold import GOLD_SETS, gold_sets
from recipe_kitchen.asking import Decoder

# `make test` says the same on every machine, `make check` looks at fewer examples, and `make fuzz`
# draws new ones each time.
settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
settings.register_profile("quick", derandomize=True, database=None, deadline=None, max_examples=10)
settings.register_profile("explore", print_blob=True, deadline=None)
settings.load_profile("repeatable")

ROOT = Path(__file__).resolve().parents[1]

MODELS = {"tiny_gguf", "smollm2_file", "smollm2_tokenizer", "grown", "gguf_file", "workshop"}
"""Fixtures that grow, load or convert a model: who asks for one is marked `heavy`."""

# Programs without examples to run, that import PEFT and all it brings, or start servers.
collect_ignore = ["bench", "counterparts"]

LEFT_OUT = re.compile(r"\bnot\b.*\bheavy\b")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what stands on a model."""
    for item in items:
        if MODELS & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.heavy)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave a module out that is marked as a whole: importing Axolotl takes ten seconds."""
    if collection_path.suffix != ".py" or not LEFT_OUT.search(config.option.markexpr):
        return None
    return "\npytestmark = pytest.mark.heavy\n" in collection_path.read_text("utf-8") or None


@pytest.fixture(scope="session", autouse=True)
def history_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where `recipe-cook` keeps what the tests cook: never in the history of who runs them."""
    folder = tmp_path_factory.mktemp("data-home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder))
        yield folder / "topochef" / "history.sqlite"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real recipe data, beside the checkout or where the variable says; no part of the project."""
    folder = gold_sets() or ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no real recipe data at {folder}: set {GOLD_SETS} to its folder")
    return folder


@pytest.fixture(scope="session")
def smollm2_file() -> Path:
    """The GGUF file of SmolLM2-135M-Instruct, out of its package."""
    try:
        return packaged_file("smollm2-135m")
    except TopochefError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def smollm2_tokenizer(smollm2_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an import of SmolLM2 writes, but the weights; shared, so only to be read."""
    from recipe_export.importing.command import write_words
    from recipe_export.models.container import Container

    folder = tmp_path_factory.mktemp("smollm2")
    write_words(Container.open(smollm2_file), folder)
    return folder


@pytest.fixture
def gold_answers() -> list[str]:
    """The gold answers, in the order of the test split."""
    return [answer(ingredients, steps) for _, ingredients, steps in GOLD]


@pytest.fixture
def data(tmp_path: Path, gold_answers: list[str]) -> Path:
    """A data folder with a test split of three recipes, and a row of another task."""
    rows = [
        recipe_row(f"demo-{i}", title, gold)
        for i, ((title, _, _), gold) in enumerate(zip(GOLD, gold_answers, strict=True))
    ]
    rows.insert(1, {**rows[0], "id": "demo-0-time", "task": "time"})
    write_jsonl(tmp_path / "data" / "test.jsonl", rows)
    return tmp_path / "data"


@pytest.fixture
def predict(tmp_path: Path) -> Callable[..., Path]:
    """Write a run folder that holds these texts as predictions, in the order of the split."""

    def write(name: str, texts: Sequence[str | dict[str, Any]], **decoder: Any) -> Path:
        run = tmp_path / "runs" / name
        rows = []
        for i, text in enumerate(texts):
            changes = text if isinstance(text, dict) else {"text": text}
            rows.append(
                {"id": f"demo-{i}-recipe", "title": "?", "finish_reason": "stop", **changes}
            )
        write_jsonl(run / "predictions.jsonl", rows)
        settings = {**Decoder().inputs(), "limit": None, **decoder}
        update_manifest(run, "generate", {"inputs": settings})
        return run

    return write


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


@pytest.fixture(scope="session")
def tiny_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of random weights with a real tokenizer and chat template."""
    from recipe_data.tiny import grow_tiny_model
    from recipe_export.converting.convert import write_gguf

    texts = [
        title + "\n" + answer(ingredients, steps) + " crème brûlée ½ °C 日本" * 3
        for title, ingredients, steps in GOLD
        for _ in range(20)
    ]
    folder = tmp_path_factory.mktemp("tiny")
    grow_tiny_model(
        texts, folder / "model", vocab_size=320, layers=1, heads=2, kv_heads=1, hidden=128,
        intermediate=256, head_dim=64,
    )  # fmt: skip
    path = folder / "tiny-F16.gguf"
    write_gguf(folder / "model", path, "F16", "tiny")
    return path
