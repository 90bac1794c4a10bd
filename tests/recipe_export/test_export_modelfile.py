"""The Modelfile: nothing in a value ends it, and its template is the training's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recipe_data.errors import TopochefError
from recipe_data.prompts import SYSTEM, recipe_messages
from recipe_data.tiny import CHATML_TEMPLATE
from recipe_export.modelfile import (
    GO_CHATML,
    STOPS,
    chatml,
    check_template,
    modelfile,
    quote,
    render,
    write_modelfile,
)
from recipe_export.run import Run

from .conftest import BASE


def unquote(value: str) -> str | None:
    for mark in ('"""', '"'):
        if value.startswith(mark):
            whole = len(value) >= 2 * len(mark) and value.endswith(mark)
            return value[len(mark) : -len(mark)] if whole else None
    return value


def parse(text: str) -> list[tuple[str, str]]:
    """Read a Modelfile by the rules of Ollama's parser.

    A command is a word and a value; a value ends with the first line after which it is no open
    quotation; characters that cannot be printed are dropped as they are read.
    """
    commands: list[tuple[str, str]] = []
    name, value = "", ""
    for line in text.split("\n"):
        line = "".join(c for c in line if c.isprintable() or c == "\t")
        if not name:
            if not line.strip():
                continue
            name, _, line = line.lstrip().partition(" ")
            assert re.fullmatch("FROM|TEMPLATE|SYSTEM|PARAMETER", name), f"unknown command {name}"
        value += line
        if (content := unquote(value.strip())) is not None:
            commands.append((name, content))
            name, value = "", ""
        else:
            value += "\n"
    assert not name, "a value is not closed"
    return commands


def go_render(template: str, messages: list[dict[str, str]]) -> str:
    """Render the one loop of `GO_CHATML`; `{{-` eats the white space before it."""
    loop = re.fullmatch(
        r"\{\{- range \.Messages \}\}(.*)\{\{ end \}\}(.*)", template, flags=re.DOTALL
    )
    assert loop is not None
    turns = (
        loop[1].replace("{{ .Role }}", m["role"]).replace("{{ .Content }}", m["content"])
        for m in messages
    )
    return "".join(turns) + loop[2]


def test_the_exported_file_says_what_ollama_needs(exported: Path) -> None:
    commands = parse((exported / "Modelfile").read_text(encoding="utf-8"))
    values = dict(commands)
    assert values["FROM"] == "./gguf/tiny-topo-Q4_K_M.gguf"
    assert (exported / values["FROM"]).is_file()
    assert values["TEMPLATE"] == GO_CHATML
    assert values["SYSTEM"] == SYSTEM
    parameters = [value for name, value in commands if name == "PARAMETER"]
    assert "num_ctx 1024" in parameters
    assert {f'stop "{stop}"' for stop in STOPS} <= set(parameters)


def test_the_template_renders_the_prompts_of_the_training() -> None:
    messages = [*recipe_messages("BLT"), {"role": "assistant", "content": '{"a":"½"}'}]
    messages += recipe_messages("Pasta")[1:]
    assert go_render(GO_CHATML, messages) == chatml(messages)
    assert render(CHATML_TEMPLATE, messages) == chatml(messages)


@given(
    st.lists(st.sampled_from(['"', '""', "\n", "\t", " ", "a", "é", "FROM x", "#", "\\", "{{"]))
    .map("".join)
    .filter(lambda text: '"""' not in re.sub(r"[^\x20-\x7e\n\t]", "", text))
)
@example('"')
@example('""\nFROM evil')
@example('ends with ""')
@example("SYSTEM\nPARAMETER temperature 9")
def test_what_is_quoted_comes_back_and_ends_nothing(text: str) -> None:
    commands = parse(modelfile(Path("gguf/x.gguf"), text, 512))
    assert ("SYSTEM", text) in commands
    assert [name for name, _ in commands][:3] == ["FROM", "TEMPLATE", "SYSTEM"]
    assert {name for name, _ in commands[3:]} == {"PARAMETER"}
    assert len(commands) == 7 + len(STOPS)


@pytest.mark.parametrize(
    "text",
    [
        '"""\nFROM evil\nSYSTEM """',
        'a"""b',
        '""\u200b"',
        '""é"',
        '"\x00""',
        "line\rFROM evil",
        "para\u2029FROM evil",
    ],
)
def test_what_could_end_a_value_is_refused(text: str) -> None:
    with pytest.raises(TopochefError, match="a Modelfile cannot hold"):
        quote(text)


def test_a_dangerous_system_prompt_writes_no_file(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run.open(Path("runs/tiny-base"))
    run.gguf("F16").parent.mkdir()
    run.gguf("F16").write_bytes(b"")
    monkeypatch.setattr("recipe_export.modelfile.SYSTEM", '"""\nFROM evil')
    with pytest.raises(TopochefError, match="other quotes"):
        write_modelfile(run, "F16")
    assert not run.modelfile.exists()


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ messages[0].content }}", "not plain ChatML"),
        ("<|im_start|>system\nYou are Qwen.<|im_end|>\n" + CHATML_TEMPLATE, "not plain ChatML"),
        (CHATML_TEMPLATE.replace("<|im_end|>\\n", "<|im_end|>"), "not plain ChatML"),
        ("{{ raise_exception('no system role') }}", "refuses a conversation: no system role"),
        ("{% for %}", "refuses a conversation"),
        (None, "has no chat template"),
    ],
)
def test_a_template_that_go_would_render_otherwise_is_refused(
    template: str | None, message: str, work: Path
) -> None:
    path = Path(BASE, "chat_template.jinja")
    if template is None:
        path.unlink()
    else:
        path.write_text(template)
    with pytest.raises(TopochefError, match=message):
        check_template(Path(BASE))


def test_a_template_cannot_reach_python(work: Path) -> None:
    attack = "{{ ''.__class__.__mro__[1].__subclasses__() }}"
    with pytest.raises(TopochefError, match="refuses a conversation"):
        render(attack, recipe_messages("BLT"))


def test_a_missing_file_names_the_command(work: Path) -> None:
    with pytest.raises(TopochefError, match="run `recipe-export quantize"):
        write_modelfile(Run.open(Path("runs/tiny-base")))
