"""A stand-in for a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from gold_recipes import answer

from recipe_data.sampling import DEFAULT, Sampler
from recipe_kitchen.backends import Completion


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
