"""Go template source → texts and actions, white space trimmed where `{{-` and `-}}` say so."""

from __future__ import annotations

import re
from collections.abc import Iterator

from recipe_base.errors import TopochefError

SPACE = " \t\r\n"
Action = tuple[str, ...]

_OPEN = re.compile(rf"\{{\{{(?P<trim>-(?=[{SPACE}]))?")
_CLOSE = re.compile(rf"(?P<trim>(?<=[{SPACE}])-)?\}}\}}")
_COMMENT = re.compile(rf"[{SPACE}]?/\*.*?\*/[{SPACE}]?", re.DOTALL)
_WORD = re.compile(
    r"""
    "(?:[^"\\\n]|\\.)*" | `[^`]*`              # strings
    | \$?\w*(?:\.\w+)+ | \.                    # .Field, $variable.Field, the dot
    | \$\w* | -?\w+                            # $variable, words, numbers
    | := | = | , | \( | \)
    """,
    re.VERBOSE,
)


def refusal(what: str) -> TopochefError:
    """Return the error for something that this interpreter does not know."""
    return TopochefError(f"the Go template has {what}, which is not understood here")


def lex(source: str) -> Iterator[str | Action]:
    """Yield texts as strings and actions as tuples of words; comments vanish.

    >>> list(lex('a {{- if .B }} c {{ end -}} d'))
    ['a', ('if', '.B'), ' c ', ('end',), 'd']
    """
    at = 0
    trim_next = False
    while opening := _OPEN.search(source, at):
        text = source[at : opening.start()]
        text = text.lstrip(SPACE) if trim_next else text
        text = text.rstrip(SPACE) if opening["trim"] else text
        if text:
            yield text
        words, closing = _words(source, opening.end())
        if words is not None:
            yield words
        at, trim_next = closing.end(), bool(closing["trim"])
    rest = source[at:].lstrip(SPACE) if trim_next else source[at:]
    if rest:
        yield rest


def _words(source: str, at: int) -> tuple[Action | None, re.Match[str]]:
    """Read the words of one action up to its closing braces; None for a comment."""
    if comment := _COMMENT.match(source, at):
        closing = _CLOSE.match(source, comment.end())
        if closing is None:
            raise refusal("a comment beside other words")
        return None, closing
    words: list[str] = []
    apart = True
    while True:
        if closing := _CLOSE.match(source, at):
            return tuple(words), closing
        if at < len(source) and source[at] in SPACE:
            at, apart = at + 1, True
            continue
        word = _WORD.match(source, at)
        if word is None or not (apart or word[0] in ("(", ")", ",", ":=", "=")):
            raise refusal(f"{source[at : at + 20]!r} in an action" if source[at:] else "no end")
        words.append(word[0])
        at, apart = word.end(), word[0] in ("(", ",", ":=", "=")
