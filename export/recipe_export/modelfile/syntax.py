"""The syntax of a Modelfile, written so that no value can end itself, and read back as Ollama does.

https://docs.ollama.com/modelfile
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from recipe_base.errors import TopochefError

_NAMES = frozenset({"FROM", "TEMPLATE", "SYSTEM", "PARAMETER", "LICENSE", "ADAPTER", "MESSAGE"})


class Command(NamedTuple):
    """One instruction: `FROM`, or the parameter that `PARAMETER` sets, and its value."""

    name: str
    value: str


def write(commands: Sequence[Command]) -> str:
    """Return the text of a Modelfile; raises `TopochefError` for a value that it cannot hold.

    >>> print(write([Command("FROM", "./x.gguf"), Command("stop", "<|im_end|>")]), end="")
    FROM ./x.gguf
    PARAMETER stop <|im_end|>
    """
    lines = (
        f"{name} {_value(value)}" if name in _NAMES else f"PARAMETER {name} {_value(value)}"
        for name, value in commands
    )
    return "".join(f"{line}\n" for line in lines)


def _value(text: str) -> str:
    """Quote what is not a plain word."""
    plain = re.fullmatch(r"[!#-~]+", text)
    return text if plain else quote(text)


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


def read(text: str) -> list[Command]:
    """Read a Modelfile by the rules of Ollama's parser.

    A value ends at the first line end at which it is no open quotation; white space around it and
    characters that cannot be printed are dropped. Raises `TopochefError` with the line for what
    Ollama refuses.

    >>> read('from ./x.gguf\\nPARAMETER stop "<|im_end|>"\\n')
    [Command(name='FROM', value='./x.gguf'), Command(name='stop', value='<|im_end|>')]
    """
    commands: list[Command] = []
    at, end = 0, len(text)
    while (at := _skip(text, at)) < end:
        word = re.compile(r"[A-Za-z]+(?=[ \t])").match(text, at)
        name = word[0].upper() if word else ""
        if word is None or name not in _NAMES:
            raise _error(text, at, "no command of a Modelfile")
        at = word.end()
        if name == "PARAMETER":
            parameter = re.compile(r"[ \t]+(\w+)(?=[ \t])", re.ASCII).match(text, at)
            if parameter is None:
                raise _error(text, at, "a PARAMETER without name and value")
            name, at = parameter[1], parameter.end()
        value, at = _read_value(text, at)
        commands.append(Command(name, value))
    if not any(command.name == "FROM" for command in commands):
        raise TopochefError("the Modelfile has no FROM line")
    return commands


def _skip(text: str, at: int) -> int:
    """Return where the next command begins, after blank lines and comments."""
    gap = re.compile(r"(?:[ \t\r\n]+|#[^\r\n]*)*").match(text, at)
    return gap.end() if gap else at


def _read_value(text: str, at: int) -> tuple[str, int]:
    held = ""
    for i in range(at, len(text) + 1):
        if i == len(text) or text[i] in "\r\n":
            found = _unquote(held.strip())
            if found is not None:
                return found, i
        if i < len(text) and (text[i].isprintable() or text[i] in "\t\r\n"):
            held += text[i]
    raise _error(text, at, "a value that is not closed")


def _unquote(value: str) -> str | None:
    """Return a value without its quotes; None while they are open."""
    for mark in ('"""', '"'):
        if value.startswith(mark):
            whole = len(value) >= 2 * len(mark) and value.endswith(mark)
            return value[len(mark) : -len(mark)] if whole else None
    return value


def _error(text: str, at: int, what: str) -> TopochefError:
    return TopochefError(f"Modelfile, line {text.count(chr(10), 0, at) + 1}: {what}")
