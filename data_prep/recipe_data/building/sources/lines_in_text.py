"""Lines of a text: at line ends, line-break tags and list items, with escapes undone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_LINE_END = re.compile(r"\s*(?:\n|\r|<br\s*/?>|</?(?:p|li|ul|ol|div)(?:\s[^<>]*)?>)\s*", re.I)
_ESCAPED = re.compile(r"(?:\\u[0-9A-Fa-f]{4})+")
_ESCAPED_END = re.compile(r"(?:\\r)?\\n(?![a-z])|\\r(?![a-z])")


_HEADING = re.compile(r"<h[1-6](?:\s[^<>]*)?>((?:.|\n)*?)</h[1-6]>|^#{1,6}[ \t]+(.+)$", re.I | re.M)
_PICTURE = re.compile(r"!\[[^\]\n]*\]\([^()\n]*\)|\[photo:[^\]\n]*\]")
_LINK = re.compile(r"\[recipe:([^\]\n]+)\]|\[([^\]\n]+)\]\((?:https?:|/|#)[^()\n]*\)")
_STRONG = re.compile(r"(\*\*|__)(?=\w)(.+?)(?<=[\w.!?:,;)])\1")


def unescaped(text: str) -> str:
    r"""Undo the escapes of JSON that were escaped once more.

    >>> unescaped(r"1\u00bd c. milk"), unescaped(r"cr\u00e8me \ud83c\udf5d")
    ('1½ c. milk', 'crème 🍝')
    """
    if "\\" not in text:
        return text
    text = _ESCAPED_END.sub("\n", text)
    return _ESCAPED.sub(lambda found: str(json.loads(f'"{found[0]}"')), text)


def without_marks(text: str, headings: bool = True) -> str:
    """Take out the marks of Markdown and of managers; headings become lines, or are taken out.

    >>> without_marks("## Sauce\\n**Stir** [well](https://a.b). [photo:1]").split("\\n")
    ['', 'Sauce:', '', 'Stir well. ']
    """
    if "<h" in text or "<H" in text or "#" in text:
        text = _HEADING.sub(lambda found: f"\n{_heading(found) if headings else ''}\n", text)
    if "[" in text:
        text = _LINK.sub(lambda found: found[1] or found[2], _PICTURE.sub("", text))
    return _STRONG.sub(r"\2", text) if "**" in text or "__" in text else text


def _heading(found: re.Match[str]) -> str:
    return f"{(found[1] or found[2] or '').strip().rstrip(':#').strip()}:"


def between_bars(text: str) -> list[str] | str:
    """Take a list of one line apart at its bars.

    >>> between_bars("rice|salt"), between_bars("rice")
    (['rice', 'salt'], 'rice')
    """
    return text.split("|") if "|" in text and "\n" not in text else text


def lines_of_text(text: str, headings: bool = True) -> Iterator[str]:
    """Yield the lines of a text that say something, marked headings too if they are wanted.

    >>> list(lines_of_text("<p>Boil.</p><p>Stir.<br/>Serve.</p>\\n\\nEat."))
    ['Boil.', 'Stir.', 'Serve.', 'Eat.']
    """
    text = without_marks(unescaped(text), headings)
    if "<" not in text and "\n" not in text and "\r" not in text:
        if text.strip():
            yield text  # most texts
        return
    yield from (line for line in _LINE_END.split(text) if line.strip())
