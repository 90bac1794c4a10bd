"""Lines of a text: at line ends, line-break tags and list items, with escapes undone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_LINE_END = re.compile(r"\s*(?:\n|\r|<br\s*/?>|</?(?:p|li|ul|ol|div)(?:\s[^<>]*)?>)\s*", re.I)
_ESCAPED = re.compile(r"(?:\\u[0-9A-Fa-f]{4})+")
_ESCAPED_END = re.compile(r"(?:\\r)?\\n(?![a-z])|\\r(?![a-z])")


def unescaped(text: str) -> str:
    r"""Undo the escapes of JSON that were escaped once more.

    >>> unescaped(r"1\u00bd c. milk"), unescaped(r"cr\u00e8me \ud83c\udf5d")
    ('1½ c. milk', 'crème 🍝')
    """
    if "\\" not in text:
        return text
    text = _ESCAPED_END.sub("\n", text)
    return _ESCAPED.sub(lambda found: str(json.loads(f'"{found[0]}"')), text)


def lines_of_text(text: str) -> Iterator[str]:
    """Yield the lines of a text that say something.

    >>> list(lines_of_text("<p>Boil.</p><p>Stir.<br/>Serve.</p>\\n\\nEat."))
    ['Boil.', 'Stir.', 'Serve.', 'Eat.']
    """
    text = unescaped(text)
    if "<" not in text and "\n" not in text and "\r" not in text:
        if text.strip():
            yield text  # most texts
        return
    yield from (line for line in _LINE_END.split(text) if line.strip())
