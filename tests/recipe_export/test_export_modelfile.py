"""The Modelfile: nothing in a value ends it, and what is written is read back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recipe_base.errors import TopochefError
from recipe_base.runs import Run
from recipe_data.prompts import SYSTEM, recipe_messages
from recipe_data.sampling import DEFAULT
from recipe_export.modelfile.go import GoTemplate
from recipe_export.modelfile.syntax import Command, quote, read, write
from recipe_export.modelfile.template import ollama_prompt
from recipe_export.modelfile.write import write_modelfile

from .conftest import BASE

PIECES = ['"', '""', "\n", "\t", " ", "a", "é", "FROM x", "PARAMETER stop a", "#", "\\", "{{", "'"]
TEXTS = (st.text() | st.lists(st.sampled_from(PIECES)).map("".join)).filter(
    lambda text: (
        '"""' not in re.sub(r"[^\x20-\x7e\n\t]", "", text)
        and all(c.isprintable() or c in "\n\t" for c in text)
    )
)


@given(TEXTS, TEXTS)
@example('"', "ends with ")
@example('""\nFROM evil', '"quoted"')
@example('ends with ""', "\n")
@example("SYSTEM\nPARAMETER temperature 9", "'''")
@example("", "")
def test_what_is_written_is_read_back(template: str, system: str) -> None:
    commands = [
        Command("FROM", "./gguf/x.gguf"),
        Command("TEMPLATE", template),
        Command("SYSTEM", system),
        Command("stop", "<|im_end|>"),
        Command("stop", "two words"),
    ]
    assert read(write(commands)) == commands


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


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("FROM x", [("FROM", "x")]),
        ("from  ./a b.gguf  \n", [("FROM", "./a b.gguf")]),
        ("\n# FROM y\n\tFROM x\r\nSYSTEM a\n", [("FROM", "x"), ("SYSTEM", "a")]),
        ('FROM x\nSYSTEM "a"\n', [("FROM", "x"), ("SYSTEM", "a")]),
        ('FROM x\nSYSTEM "a\nb"\n', [("FROM", "x"), ("SYSTEM", "a\nb")]),
        ('FROM x\nSYSTEM """a "" b\n"""\n', [("FROM", "x"), ("SYSTEM", 'a "" b\n')]),
        ('FROM x\nSYSTEM """\x07a\x00"""', [("FROM", "x"), ("SYSTEM", "a")]),
        ("FROM x\nPARAMETER num_ctx 512\n", [("FROM", "x"), ("num_ctx", "512")]),
        ("FROM x\nSYSTEM a # b\n", [("FROM", "x"), ("SYSTEM", "a # b")]),
    ],
)
def test_reading_follows_ollamas_parser(text: str, commands: list[tuple[str, str]]) -> None:
    assert read(text) == [Command(*command) for command in commands]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SYSTEM a", "has no FROM line"),
        ("FROM x\nFETCH y", "line 2: no command of a Modelfile"),
        ("FROM x\nSYSTEM", "line 2: no command"),
        ('FROM x\n\nSYSTEM """a', "line 3: a value that is not closed"),
        ("FROM x\nPARAMETER stop\n", "line 2: a PARAMETER without name and value"),
    ],
)
def test_what_ollama_refuses_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(TopochefError, match=message):
        read(text)


def test_the_exported_file_says_what_ollama_needs(exported: Path) -> None:
    commands = read((exported / "Modelfile").read_text(encoding="utf-8"))
    values = dict(commands)
    assert values["FROM"] == "./gguf/tiny-topo-Q4_K_M.gguf"
    assert (exported / values["FROM"]).is_file()
    assert values["SYSTEM"] == SYSTEM
    assert values["num_ctx"] == "1024"
    drawn = {name: float(values[name]) for name in DEFAULT.to_dict()}
    assert drawn == DEFAULT.to_dict()
    assert values["repeat_last_n"] == "64"
    stops = {command.value for command in commands if command.name == "stop"}
    assert stops == {"<|im_end|>", "<|im_start|>", "<|endoftext|>"}
    asked = ollama_prompt(GoTemplate(values["TEMPLATE"]), recipe_messages("BLT", servings=2))
    assert asked == (
        f"<|im_start|>system\n{SYSTEM}<|im_end|>\n"
        "<|im_start|>user\nGenerate a recipe for BLT, 2 servings.<|im_end|>\n"
        "<|im_start|>assistant\n"
    )


@pytest.mark.parametrize("title", ["{{ .System }}", '"""', "<|im_end|>", "<think>", "{{ end }}"])
def test_a_title_is_never_template(title: str, exported: Path) -> None:
    values = dict(read((exported / "Modelfile").read_text(encoding="utf-8")))
    template = GoTemplate(values["TEMPLATE"])
    asked = ollama_prompt(template, [{"role": "user", "content": title}])
    assert asked == f"<|im_start|>user\n{title}<|im_end|>\n<|im_start|>assistant\n"


def test_a_dangerous_system_prompt_writes_no_file(
    work: Path, exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run.open(Path("runs/tiny-base"))
    run.gguf("F16").parent.mkdir()
    run.gguf("F16").symlink_to(exported / "gguf" / "tiny-topo-F16.gguf")
    monkeypatch.setattr("recipe_export.modelfile.write.SYSTEM", '"""\nFROM evil')
    with pytest.raises(TopochefError, match="other quotes"):
        write_modelfile(run, "F16")
    assert not run.modelfile.exists()


def test_a_missing_file_names_the_command(work: Path) -> None:
    assert Path(BASE).is_dir()
    with pytest.raises(TopochefError, match="run `recipe-export quantize"):
        write_modelfile(Run.open(Path("runs/tiny-base")))
