"""Words of actions → a tree of nodes, or a refusal that names what is not known."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from recipe_export.go.lexer import Action, refusal

# function → the fewest and the most arguments
ARITY = {"eq": (2, 9), "ne": (2, 2), "and": (1, 9), "or": (1, 9), "not": (1, 1), "len": (1, 1)}


class Constant(NamedTuple):
    """`"user"`, `1`, `true`."""

    value: str | int


class Path(NamedTuple):
    """`.Role`, `$`, `$message.Content`: a variable, or "" for the dot, and fields to follow."""

    root: str
    fields: tuple[str, ...]


class Call(NamedTuple):
    """`eq .Role "user"`."""

    name: str
    arguments: tuple[Any, ...]


class Put(NamedTuple):
    """Write a value."""

    value: Any


class Assign(NamedTuple):
    """`$x := …` declares, `$x = …` does not."""

    name: str
    value: Any
    declares: bool


class Branch(NamedTuple):
    """`if`."""

    condition: Any
    then: list[Any]
    otherwise: list[Any]


class Loop(NamedTuple):
    """`range`, with the names of its index and element where they are given."""

    names: tuple[str, ...]
    value: Any
    body: list[Any]
    otherwise: list[Any]


class Parser:
    """Reads blocks of nodes; remembers every field that is named."""

    def __init__(self, pieces: Iterator[str | Action]) -> None:
        self._pieces = pieces
        self.fields: set[str] = set()

    def block(self) -> tuple[list[Any], Action]:
        """Return the nodes up to the next `else` or `end`, and that action, () at the end."""
        nodes: list[Any] = []
        for piece in self._pieces:
            match piece:
                case str():
                    nodes.append(piece)
                case ("else" | "end", *_):
                    return nodes, piece
                case ("if", *words):
                    nodes.append(self._branch(words))
                case ("range", *words):
                    nodes.append(self._loop(words))
                case (name, ":=" | "=" as sign, *words) if re.fullmatch(r"\$\w+", name):
                    nodes.append(Assign(name, self._value(words), sign == ":="))
                case words:
                    nodes.append(Put(self._value(words)))
        return nodes, ()

    def _branch(self, condition: Sequence[str]) -> Branch:
        tested = self._value(condition)
        then, ending = self.block()
        if ending[:2] == ("else", "if"):
            return Branch(tested, then, [self._branch(ending[2:])])
        return Branch(tested, then, self._otherwise(ending))

    def _loop(self, words: Sequence[str]) -> Loop:
        names: tuple[str, ...] = ()
        if ":=" in words:
            at = words.index(":=")
            names, words = tuple(word for word in words[:at] if word != ","), words[at + 1 :]
            if not 1 <= len(names) <= 2 or not all(name.startswith("$") for name in names):
                raise refusal(f"{{{{ range {' '.join(words)} }}}}")
        value = self._value(words)
        body, ending = self.block()
        return Loop(names, value, body, self._otherwise(ending))

    def _otherwise(self, ending: Action) -> list[Any]:
        if ending == ("end",):
            return []
        nodes, last = self.block()
        if ending != ("else",) or last != ("end",):
            raise refusal("an if or a range without its end")
        return nodes

    def _value(self, words: Sequence[str]) -> Any:
        value, rest = self._command(words)
        if rest:
            raise refusal(f"{rest[0]!r} in {{{{ {' '.join(words)} }}}}")
        return value

    def _command(self, words: Sequence[str]) -> tuple[Any, Sequence[str]]:
        """Read a call or one operand, up to a closing parenthesis or the end."""
        if not words or words[0] not in ARITY:
            return self._operand(words)
        arguments: list[Any] = []
        rest = words[1:]
        while rest and rest[0] != ")":
            argument, rest = self._operand(rest)
            arguments.append(argument)
        least, most = ARITY[words[0]]
        if not least <= len(arguments) <= most:
            raise refusal(f"{words[0]} with {len(arguments)} arguments")
        return Call(words[0], tuple(arguments)), rest

    def _operand(self, words: Sequence[str]) -> tuple[Any, Sequence[str]]:
        word, rest = words[0] if words else "", words[1:]
        if word == "(":
            value, rest = self._command(rest)
            if not rest or rest[0] != ")":
                raise refusal("a parenthesis that is not closed")
            return value, rest[1:]
        if word[:1] == "`":
            return Constant(word[1:-1].replace("\r", "")), rest
        if word[:1] == '"':
            return Constant(_unescape(word)), rest
        if word in ("true", "false"):
            return Constant(word == "true"), rest
        if re.fullmatch(r"0|-?[1-9][0-9]*", word):
            return Constant(int(word)), rest
        if word[:1] in (".", "$"):
            root, *fields = [part for part in word.split(".") if part or word[0] == "."]
            names = tuple(name for name in fields if name)
            self.fields.update(names)
            return Path(root, names), rest
        raise refusal(repr(word) if word else "an action without a value")


def _unescape(word: str) -> str:
    try:
        text: str = json.loads(word)
    except ValueError:
        raise refusal(f"the string {word}") from None
    return text
