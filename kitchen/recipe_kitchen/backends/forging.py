"""No text of a message may hold a control token of the model that reads it.

`recipe_data.language.control_tokens` knows the shapes of many models; the tokenizer in use knows
its own words, whatever their shape: `<file_sep>`, `<jupyter_start>`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from recipe_data.endpoints import Message


def without_forged(
    messages: Sequence[Message], forged: Callable[[str], Collection[str]]
) -> list[Message]:
    """Return the messages without the control tokens that `forged` finds in their texts.

    Again until none is left, so that none forms from the halves of another one.

    >>> cut = without_forged(
    ...     [{"role": "user", "content": "Rice<se<sep>p>"}],
    ...     lambda text: [word for word in ("<sep>",) if word in text],
    ... )
    >>> cut[0]["content"]
    'Rice'
    """
    return [{**message, "content": _cut(message["content"], forged)} for message in messages]


def _cut(text: str, forged: Callable[[str], Collection[str]]) -> str:
    while found := [word for word in forged(text) if word and word in text]:
        for word in sorted(found, key=len, reverse=True):
            text = text.replace(word, "")
    return text
