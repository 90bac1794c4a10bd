"""The chat templates of real models, as llama.cpp's sources bring them for its own tests."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from recipe_export.chat import pin_day, pin_settings, render, trained_settings
from recipe_export.modelfile.go import GoTemplate
from recipe_export.modelfile.template import find_frame, ollama_prompt
from recipe_export.proofs.conversations import built_in_rows

pytestmark = [pytest.mark.slow, pytest.mark.network]

NOWHERE = Path("no-model")


@pytest.mark.parametrize(
    "name",
    [
        "Qwen-Qwen2.5-7B-Instruct",
        "Qwen-Qwen3-0.6B",
        "HuggingFaceTB-SmolLM3-3B",
        "meta-llama-Llama-3.2-3B-Instruct",
    ],
)
def test_go_writes_what_the_models_template_writes(name: str, llama_cpp_sources: Path) -> None:
    path = llama_cpp_sources / "models" / "templates" / f"{name}.jinja"
    template = pin_day(path.read_text(encoding="utf-8"), date(2026, 3, 14))
    template = pin_settings(template, trained_settings(NOWHERE, NOWHERE, template))
    frame = find_frame(lambda messages: render(template, messages, NOWHERE))
    rows = [row[:-1] for row in built_in_rows()]
    written = [ollama_prompt(GoTemplate(frame.go()), row) for row in rows]
    assert written == [render(template, row, NOWHERE) for row in rows]
    assert len(rows) > 50
