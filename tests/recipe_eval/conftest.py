"""A data folder made of small gold recipes, and what was predicted for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from gold_recipes import GOLD, answer, recipe_row

from recipe_base.files import update_manifest, write_jsonl
from recipe_data.sampling import DEFAULT, Sampler
from recipe_kitchen.asking import Decoder
from recipe_kitchen.backends import Completion


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
