"""The Go template that is read from a chat template writes the same, turn for turn."""

from __future__ import annotations

import importlib.util
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipe_base.errors import TopochefError
from recipe_export.chat import pin_day, render
from recipe_export.modelfile.go import GoTemplate
from recipe_export.modelfile.template import find_frame, ollama_prompt

from .jinja_templates import CHATML, DEFAULT_SYSTEM, EMPTY_THINKING, TEMPLATES

NOWHERE = Path("no-model")
SYSTEM = {"role": "system", "content": "Cook."}
FIRST = [{"role": "user", "content": "Pasta {{ .System }} ½?"}]
THEN = [{"role": "assistant", "content": '{"a":"{{ end }}"}'}, {"role": "user", "content": "And?"}]


def jinja(template: str, messages: Any) -> str:
    return render(template, messages, NOWHERE, enable_thinking=False)


def go(template: str) -> GoTemplate:
    return GoTemplate(find_frame(lambda messages: jinja(template, messages)).go())


@pytest.mark.parametrize("name", TEMPLATES)
@pytest.mark.parametrize("system", [[], [SYSTEM]], ids=["without system", "with system"])
@pytest.mark.parametrize("messages", [FIRST, [*FIRST, *THEN], [*FIRST, *THEN, *THEN]])
def test_the_go_template_writes_what_jinja_writes(
    name: str, system: list[dict[str, str]], messages: list[dict[str, str]]
) -> None:
    template = pin_day(TEMPLATES[name], date(2026, 3, 14))
    conversation = [*system, *messages]
    written = ollama_prompt(go(template), conversation)
    assert written == jinja(template, conversation)
    assert "And?" in written or messages == FIRST


@pytest.mark.parametrize("name", ["chatml", "llama3", "qwen3", "qwen_25"])
@pytest.mark.parametrize("system", [[], [SYSTEM]], ids=["without system", "with system"])
def test_templates_that_axolotl_brings(name: str, system: list[dict[str, str]]) -> None:
    package = importlib.util.find_spec("axolotl")
    assert package is not None
    assert package.origin is not None
    folder = Path(package.origin).parent / "utils/chat_templates/templates"
    template = (folder / f"{name}.jinja").read_text(encoding="utf-8")
    for messages in (FIRST, [*FIRST, *THEN]):
        conversation = [*system, *messages]
        assert ollama_prompt(go(template), conversation) == jinja(template, conversation)


def test_the_habits_of_the_templates_are_in_what_go_writes() -> None:
    user = [{"role": "user", "content": "Rice"}]
    dated = pin_day(TEMPLATES["dated"], date(2026, 3, 14))
    assert "I am a pot." in ollama_prompt(go(DEFAULT_SYSTEM), user)
    assert "I am a pot." not in ollama_prompt(go(DEFAULT_SYSTEM), [SYSTEM, *user])
    assert ollama_prompt(go(EMPTY_THINKING), user).endswith(
        "<|im_start|>assistant\n<think>\n\n</think>\n\n"
    )
    assert "Today: 14 March 2026\nMode: /no_think\n" in ollama_prompt(go(dated), user)
    assert "Today: 14 March 2026\nMode: /no_think\n" in ollama_prompt(go(dated), [SYSTEM, *user])


@given(st.text(), st.text())
def test_braces_around_messages_are_no_template(before: str, after: str) -> None:
    def rendered(messages: Any) -> str:
        turns = (f"{before}{m['role']}:{m['content']}{after}" for m in messages)
        return "".join(turns) + "{{ answer: }}"

    messages = [{"role": "user", "content": "{{ .System }}"}]
    template = GoTemplate(find_frame(rendered).go())
    assert ollama_prompt(template, messages) == rendered(messages)


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ messages[0].content }}", "does not write every message once"),
        (CHATML + CHATML, "does not write every message once"),
        ("{% for m in messages[::-1] %}{{ m.content }}{% endfor %}", "in another order"),
        ("{% for m in messages %}{{ m.content | upper }}{% endfor %}", "every message once"),
        ("{{ raise_exception('no system role') }}", r"refuses a conversation \(no system role\)"),
        ("{% for %}", "refuses a conversation"),
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "refuses a conversation"),
    ],
)
def test_a_template_of_another_kind_is_refused(template: str, message: str) -> None:
    with pytest.raises(TopochefError, match=message):
        go(template)


def test_ollama_joins_systems_and_neighbours_of_one_role() -> None:
    template = GoTemplate("{{ .System }}|{{ range .Messages }}{{ .Role }}:{{ .Content }};{{ end }}")
    messages = [
        {"role": "system", "content": "a"},
        {"role": "user", "content": "b"},
        {"role": "user", "content": "c"},
        {"role": "system", "content": "d"},
    ]
    assert ollama_prompt(template, messages) == "a\n\nd|system:a;user:b\n\nc;system:d;"


@pytest.mark.parametrize(("think", "expected"), [(None, "unset"), (True, "on"), (False, "off")])
def test_ollama_tells_thinking_from_unset(think: bool | None, expected: str) -> None:
    template = GoTemplate(
        "{{ range .Messages }}{{ end }}"
        "{{ if .Think }}on{{ else if .IsThinkSet }}off{{ else }}unset{{ end }}"
    )
    assert ollama_prompt(template, FIRST, think) == expected


def test_a_template_of_the_older_form_is_refused() -> None:
    with pytest.raises(TopochefError, match=r"names no \.Messages"):
        ollama_prompt(GoTemplate("{{ .System }}"), FIRST)
