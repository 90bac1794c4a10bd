"""What Ollama needs beside the GGUF file: template, stops, context and the training's system."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from recipe_data.errors import TopochefError
from recipe_data.files import fingerprint, update_manifest, write_text
from recipe_data.prompts import SYSTEM, recipe_messages
from recipe_export.run import Run, chat_template, read_json

STAGE = "modelfile"
LONGEST_CONTEXT = 4096
LONGEST_ANSWER = 1024
STOPS = ("<|im_end|>", "<|im_start|>", "<|endoftext|>")

# The same text as `chatml`, in Go's template language.
GO_CHATML = """{{- range .Messages }}<|im_start|>{{ .Role }}
{{ .Content }}<|im_end|>
{{ end }}<|im_start|>assistant
"""


def write_modelfile(run: Run, kind: str = "Q4_K_M") -> str:
    """Write `run.modelfile` for one GGUF type; return a line that says what was done.

    Raises `TopochefError` if the GGUF file is missing, if the model's chat template is not
    ChatML, or if the system prompt cannot be quoted safely; then nothing is written.
    """
    gguf = run.gguf(kind)
    if not gguf.is_file():
        raise TopochefError(f"{gguf} not found: run `recipe-export quantize {run.folder}` first")
    context = read_json(run.merged / "config.json")["max_position_embeddings"]
    check_template(run.merged)
    text = modelfile(gguf.relative_to(run.folder), SYSTEM, min(context, LONGEST_CONTEXT))
    write_text(run.modelfile, text)
    inputs = {"type": kind, "text": fingerprint(text)}
    update_manifest(run.folder, STAGE, {"inputs": inputs, "template": "ChatML"})
    return f"for {gguf.name}: ollama create {run.name} -f {run.modelfile}"


def modelfile(gguf: Path, system: str, context: int) -> str:
    """Return the text of a Modelfile.

    Sampling is that of the evaluation: greedy, and without Ollama's penalty on repetition, which
    distorts JSON.
    """
    lines = [
        f"FROM ./{gguf.as_posix()}",
        f"TEMPLATE {quote(GO_CHATML)}",
        f"SYSTEM {quote(system)}",
        f"PARAMETER num_ctx {context}",
        f"PARAMETER num_predict {LONGEST_ANSWER}",
        "PARAMETER temperature 0",
        "PARAMETER repeat_penalty 1.0",
        *(f'PARAMETER stop "{stop}"' for stop in STOPS),
    ]
    return "\n".join(lines) + "\n"


def quote(text: str) -> str:
    '''Quote a value so that nothing in it can end it, or raise `TopochefError`.

    Ollama's parser ends a value at a line that closes with three quotes, knows no escape, and
    drops characters that it cannot print *before* it looks: three quotes are refused also where
    only such characters part them.

    >>> print(quote('Say "hello".'))
    """Say "hello"."""
    '''
    unprintable = [c for c in text if not c.isprintable() and c not in "\n\t"]
    if unprintable or '"""' in re.sub(r"[^\x20-\x7e\n\t]", "", text):
        raise TopochefError(
            f"a Modelfile cannot hold {unprintable[0]!a} in a value"
            if unprintable
            else 'a Modelfile cannot hold """ in a value: write the text with other quotes'
        )
    return f'"""{text}"""'


def chatml(messages: Sequence[dict[str, str]]) -> str:
    r"""Render a prompt as `GO_CHATML` does, up to where the assistant answers.

    >>> chatml([{"role": "user", "content": "Pasta"}])
    '<|im_start|>user\nPasta<|im_end|>\n<|im_start|>assistant\n'
    """
    turns = (f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in messages)
    return "".join(turns) + "<|im_start|>assistant\n"


def check_template(folder: Path) -> None:
    """Prove on two conversations that the model's own chat template renders ChatML."""
    template = chat_template(folder)
    if template is None:
        raise TopochefError(f"{folder} has no chat template: train with one (chat_template: …)")
    once = recipe_messages("Pasta al limone", servings=2)
    again = [*once, {"role": "assistant", "content": '{"a":1}'}, *recipe_messages("BLT")[1:]]
    for messages in (once, again):
        rendered = render(template, messages)
        if rendered != chatml(messages):
            raise TopochefError(
                f"{folder}: the chat template is not plain ChatML; no Go template is known that "
                f"would give Ollama the prompts of the training (it renders {rendered[:80]!r}…)"
            )


def render(template: str, messages: Sequence[dict[str, str]]) -> str:
    """Render a Jinja chat template as transformers does, with the assistant's turn begun."""
    from jinja2 import TemplateError
    from jinja2.ext import loopcontrols
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    def refuse(message: str) -> NoReturn:
        raise TemplateError(message)

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols]
    )
    globals_: dict[str, Any] = {"raise_exception": refuse}
    try:
        compiled = environment.from_string(template, globals=globals_)
        return compiled.render(messages=messages, add_generation_prompt=True)
    except TemplateError as error:
        raise TopochefError(f"the chat template refuses a conversation: {error}") from error
