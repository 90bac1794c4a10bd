"""A model that says what it is told to, piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from recipe_base.files import to_json
from recipe_data.sampling import DEFAULT, Sampler
from recipe_kitchen.backends import Completion, FinishReason, Message


class ScriptedBackend:
    """Writes `text`, or raises; remembers what it was asked."""

    def __init__(
        self,
        text: str = "",
        finish_reason: FinishReason = "stop",
        trouble: BaseException | None = None,
        before_piece: Callable[[], None] = lambda: None,
    ) -> None:
        self.text = text
        self.finish_reason = finish_reason
        self.trouble = trouble
        self.before_piece = before_piece
        self.asked: list[list[Message]] = []
        self.written = 0
        """Pieces that were handed on."""

    @classmethod
    def cooking(cls, ingredients: Sequence[str], steps: Sequence[str]) -> ScriptedBackend:
        """Return one that writes this recipe."""
        return cls(to_json({"ingredients": ingredients, "instructions": steps}))

    def facts(self) -> dict[str, Any]:
        return {"engine": "scripted"}

    def complete(
        self,
        messages: Sequence[Message],
        *,
        schema: dict[str, Any] | None,
        max_tokens: int,
        sampler: Sampler = DEFAULT,
        seed: int = 0,
        on_text: Callable[[str], None] | None = None,
    ) -> Completion:
        self.asked.append(list(messages))
        for start in range(0, len(self.text), 9):
            self.before_piece()
            if on_text:
                on_text(self.text[start : start + 9])
            self.written += 1
        if self.trouble:
            raise self.trouble
        return Completion(self.text, self.finish_reason, 7, max_tokens, 0.01)
