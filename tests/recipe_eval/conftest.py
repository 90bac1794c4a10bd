"""Small gold recipes, a data folder made of them, and a grown model file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from recipe_base.files import to_json, update_manifest, write_jsonl
from recipe_data.prompts import recipe_messages
from recipe_data.sampling import DEFAULT, Sampler
from recipe_eval.backends import Completion
from recipe_eval.generating.asking import Decoder

GOLD = [
    (
        "Buttered Rice",
        ["200 g rice", "30 g butter", "salt"],
        ["Boil the rice for 12 minutes.", "Drain and stir in the butter."],
    ),
    (
        "Cheese Toast",
        ["2 slices bread", "60 g cheddar cheese, grated"],
        ["Cover the bread with cheese.", "Bake at 200 °C for 8 minutes."],
    ),
    (
        "Garlic Spaghetti",
        ["320 g spaghetti", "3 garlic cloves", "60 ml olive oil"],
        ["Boil the spaghetti for 9 minutes.", "Fry the garlic in the oil.", "Toss and serve."],
    ),
]


def answer(ingredients: Sequence[str], instructions: Sequence[str]) -> str:
    """Return an answer as a model writes it."""
    return to_json({"ingredients": list(ingredients), "instructions": list(instructions)})


@pytest.fixture
def gold_answers() -> list[str]:
    """The gold answers, in the order of the test split."""
    return [answer(ingredients, steps) for _, ingredients, steps in GOLD]


@pytest.fixture
def data(tmp_path: Path, gold_answers: list[str]) -> Path:
    """A data folder with a test split of three recipes, and a row of another task."""
    rows: list[dict[str, Any]] = [
        {
            "id": f"demo-{i}-recipe",
            "task": "recipe",
            "messages": [
                *recipe_messages(title, servings=2),
                {"role": "assistant", "content": gold},
            ],
            "spans": [],
            "source": "demo",
        }
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


class EchoBackend:
    """Stands in for a model: writes the title back, after `patience` rows it stops dead."""

    def __init__(self, patience: int | None = None) -> None:
        self.patience = patience
        self.titles: list[str] = []

    def facts(self) -> dict[str, Any]:
        return {"engine": "echo"}

    def complete(
        self,
        messages: Sequence[dict[str, str]],
        schema: dict[str, Any],
        max_tokens: int,
        sampler: Sampler = DEFAULT,
        seed: int = 0,
        on_text: Callable[[str], None] | None = None,
    ) -> Completion:
        if self.patience is not None and len(self.titles) >= self.patience:
            raise KeyboardInterrupt
        self.titles.append(messages[-1]["content"])
        text = answer([messages[-1]["content"]], [f"Use seed {seed}."])
        for piece in (text[:9], text[9:]):
            if on_text:
                on_text(piece)
        return Completion(text, "stop", prompt_tokens=7, completion_tokens=5, seconds=0.01)


@pytest.fixture
def echo() -> type[EchoBackend]:
    """The stand-in's class."""
    return EchoBackend


@pytest.fixture(scope="session")
def tiny_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of random weights with a real tokenizer and chat template."""
    from recipe_data.tiny import grow_tiny_model
    from recipe_export.convert import write_gguf

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
