"""A Go template as Ollama holds it: https://pkg.go.dev/text/template.

Known are text, `{{ . }}`, fields, `$variables`, constants, `if`, `else if`, `else`, `range`,
`end`, `eq`, `ne`, `and`, `or`, `not`, `len`, parentheses, comments and trimming. Anything else is
refused by name, never guessed.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import Any

from recipe_export.go.lexer import lex, refusal
from recipe_export.go.parser import Assign, Branch, Constant, Loop, Parser, Path, Put

Scope = ChainMap[str, Any]
Evaluate = Callable[[Any], Any]


class GoTemplate:
    """A parsed template.

    >>> greeting = GoTemplate("{{ range .Names }}Hello {{ . }}! {{ else }}Nobody.{{ end }}")
    >>> greeting.render({"Names": ["Ana", "Bo"]}), greeting.render({"Names": []})
    ('Hello Ana! Hello Bo! ', 'Nobody.')
    """

    def __init__(self, source: str) -> None:
        """Parse; raises `TopochefError` for what is not understood."""
        self.source = source
        parser = Parser(lex(source))
        self._nodes, ending = parser.block()
        if ending:
            raise refusal(f"{{{{ {' '.join(ending)} }}}} without a beginning")
        self.fields = frozenset(parser.fields)
        """Every field that is named anywhere."""

    def render(self, data: Mapping[str, Any]) -> str:
        """Return the text for some data; raises `TopochefError` for a field that is not there."""
        out: list[str] = []
        _run(self._nodes, data, ChainMap({"$": data}), out.append)
        return "".join(out)


def _run(nodes: Sequence[Any], dot: Any, scope: Scope, put: Callable[[str], None]) -> None:
    def evaluate(node: Any) -> Any:
        return _evaluate(node, dot, scope)

    for node in nodes:
        match node:
            case str():
                put(node)
            case Put(value):
                put(_printed(evaluate(value)))
            case Assign(name, value, declares):
                holder = scope.maps[0] if declares else _holder(scope, name)
                holder[name] = evaluate(value)
            case Branch(condition, then, otherwise):
                chosen = then if evaluate(condition) else otherwise
                _run(chosen, dot, scope.new_child(), put)
            case Loop(names, value, body, otherwise):
                items = evaluate(value)
                if not isinstance(items, list | tuple):
                    raise refusal(f"a range over {items!r}")
                for i, item in enumerate(items):
                    given = (i, item)[2 - len(names) :]
                    _run(body, item, scope.new_child(dict(zip(names, given, strict=True))), put)
                if not items:
                    _run(otherwise, dot, scope.new_child(), put)


def _evaluate(node: Any, dot: Any, scope: Scope) -> Any:
    match node:
        case Constant(value):
            return value
        case Path(root, fields):
            value = _holder(scope, root)[root] if root else dot
            for field in fields:
                if not isinstance(value, Mapping) or field not in value:
                    raise refusal(f"the field .{field}, which the data has not")
                value = value[field]
            return value
    name, arguments = node
    return _FUNCTIONS[name](lambda argument: _evaluate(argument, dot, scope), arguments)


def _holder(scope: Scope, name: str) -> MutableMapping[str, Any]:
    for variables in scope.maps:
        if name in variables:
            return variables
    raise refusal(f"the variable {name}, which is not declared")


def _printed(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int):
        return str(value)
    raise refusal(f"a place that would print {type(value).__name__}")


def _equal(evaluate: Evaluate, arguments: Sequence[Any]) -> bool:
    first, *others = map(evaluate, arguments)
    for other in others:
        if type(first) is not type(other) or not isinstance(first, str | int):
            raise refusal(f"a comparison of {first!r} with {other!r}")
    return first in others


def _first(until: bool) -> Callable[[Evaluate, Sequence[Any]], Any]:
    """`or` takes the first true argument, `and` the first that is not, else the last."""

    def call(evaluate: Evaluate, arguments: Sequence[Any]) -> Any:
        value = None
        for argument in arguments:
            value = evaluate(argument)
            if bool(value) is until:
                break
        return value

    return call


def _length(evaluate: Evaluate, arguments: Sequence[Any]) -> int:
    value = evaluate(arguments[0])
    if not isinstance(value, str | list | tuple | Mapping):
        raise refusal(f"the length of {value!r}")
    return len(value.encode() if isinstance(value, str) else value)


_FUNCTIONS: dict[str, Callable[[Evaluate, Sequence[Any]], Any]] = {
    "eq": _equal,
    "ne": lambda evaluate, arguments: not _equal(evaluate, arguments),
    "and": _first(False),
    "or": _first(True),
    "not": lambda evaluate, arguments: not evaluate(arguments[0]),
    "len": _length,
}
