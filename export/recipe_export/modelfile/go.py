"""The part of Go's text/template that our Modelfiles are written in, rendered by Jinja.

Known are text, `{{ .Field }}`, `{{ "text" }}`, `if`, `else if`, `else`, `range` and `end`; what is
tested is a field, or `eq .Field "text"`. Anything else of https://pkg.go.dev/text/template is
refused by name, never guessed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, TemplateSyntaxError

from recipe_base.errors import TopochefError

_FIELD, _TEXT = r"\.\w+", r'"(?:[^"\\\n]|\\.)*"'
_OPERAND = re.compile(f"{_FIELD}|{_TEXT}")
_TESTED = rf"(?:eq\s+{_FIELD}\s+{_TEXT}|{_FIELD})"
_PIECE = re.compile(
    rf"""
    (?P<text>(?:(?!\{{\{{).)+)
    | \{{\{{\s*(?:
        (?P<if>if\s+{_TESTED}) | (?P<elif>else\s+if\s+{_TESTED}) | (?P<for>range\s+{_FIELD})
        | (?P<else>else) | (?P<end>end) | (?P<put>{_FIELD}|{_TEXT})
    )\s*\}}\}}
    """,
    re.DOTALL | re.VERBOSE,
)
_JINJA = {
    "text": "{{{{ {} }}}}",
    "put": "{{{{ {} }}}}",
    "if": "{{% if {} %}}",
    "elif": "{{% elif {} %}}",
    "else": "{{% else %}}",
    "for": "{{% for dot in items({}) %}}",
}


class GoTemplate:
    """A template that is understood.

    >>> greeting = GoTemplate("{{ range .People }}Hello {{ .Name }}! {{ else }}Nobody.{{ end }}")
    >>> greeting.render({"People": [{"Name": "Ana"}]}), greeting.render({"People": []})
    ('Hello Ana! ', 'Nobody.')
    """

    def __init__(self, source: str) -> None:
        """Translate to Jinja; raises `TopochefError` for what is not understood."""
        self.source = source
        self.fields: set[str] = set()
        """Every field that is named anywhere."""
        self._texts: list[str] = []
        jinja, opened, at = "", list[str](), 0
        while piece := _PIECE.match(source, at):
            kind, at = str(piece.lastgroup), piece.end()
            if kind == "end":
                jinja += f"{{% end{opened.pop() if opened else ''} %}}"
                continue
            if kind in ("if", "for"):
                opened.append(kind)
            found = [piece[0]] if kind == "text" else _OPERAND.findall(piece[0])
            operands = [self._operand(operand, kind) for operand in found]
            jinja += _JINJA[kind].format(" == ".join(operands))
        if at < len(source):
            raise _refusal(repr(source[at : at + 40]))
        try:
            self._jinja = _ENVIRONMENT.from_string(jinja)
        except TemplateSyntaxError as error:
            raise _refusal(f"ifs, ranges and ends that do not match ({error.message})") from error

    def render(self, data: Mapping[str, Any]) -> str:
        """Return the text for some data; raises `TopochefError` for a field that is not there."""
        return self._jinja.render(dot=data, texts=self._texts)

    def _operand(self, operand: str, kind: str) -> str:
        """Name a field or a text for Jinja; a text is kept aside, where it can be no code."""
        if kind != "text" and operand[0] == ".":
            self.fields.add(operand[1:])
            return f'field(dot, "{operand[1:]}")'
        self._texts.append(operand if kind == "text" else _unescape(operand))
        return f"texts[{len(self._texts) - 1}]"


def _refusal(what: str) -> TopochefError:
    return TopochefError(f"the Go template has {what}, which is not understood here")


def _unescape(operand: str) -> str:
    try:
        text: str = json.loads(operand)
    except ValueError:
        raise _refusal(f"the string {operand}") from None
    return text


def _field(data: Any, name: str) -> Any:
    if not isinstance(data, Mapping) or name not in data:
        raise _refusal(f"the field .{name}, which the data has not")
    return data[name]


def _items(value: Any) -> Any:
    if not isinstance(value, list):
        raise _refusal(f"a range over {value!r}")
    return value


def _printed(value: Any) -> str:
    if not isinstance(value, str):
        raise _refusal(f"a place that would print {type(value).__name__}")
    return value


_ENVIRONMENT = Environment(finalize=_printed)
_ENVIRONMENT.globals.update(field=_field, items=_items)
