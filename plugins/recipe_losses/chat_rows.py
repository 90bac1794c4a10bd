"""A chat row as people have it: what of it can be trained on, or which row is wrong and how."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from recipe_losses.errors import RecipeLossError
from recipe_losses.span_rows import check_spans, check_trained
from recipe_spans import is_blank

Fields = Mapping[str, Any]

_HALF = re.compile("[\ud800-\udfff]")


class Names(NamedTuple):
    """What the keys of rows and messages are called, and which roles are the assistant's."""

    messages: str = "messages"
    role: str = "role"
    content: str = "content"
    assistant: frozenset[str] = frozenset({"assistant"})


USUAL = Names()


def row_name(row: Fields, names: Names = USUAL) -> str:
    """Name a row by its id, else by how its first message begins.

    >>> row_name({"id": 7})
    'row 7'
    >>> row_name({"messages": [{"role": "user", "content": "Cook rice."}]})
    'the row without `id` that begins "Cook rice."'
    """
    if row.get("id") is not None:
        return f"row {row['id']}"
    messages = row.get(names.messages)
    first = messages[0] if isinstance(messages, list) and messages else None
    text = first.get(names.content) if isinstance(first, Mapping) else None
    return f'the row without `id` that begins "{str(text)[:60]}"' if text else "a row without `id`"


def read_answer(row: Fields, tokenizer: Any, names: Names = USUAL) -> str:
    """Return the text of a row's answer, its last message, once the row can be trained on.

    Args:
        row: Messages, and `spans`: characters of the answer.
        tokenizer: Says what control tokens are.
        names: What keys and roles are called.

    Raises:
        RecipeLossError: names the row and says what to do: where messages or spans are missing, of
            another form, or empty, where the last message is not the assistant's, where a text
            holds a control token, where spans lie outside the answer or cross each other, or
            `trained` does, and where the row is no object or its task no name.
    """
    if not isinstance(row, Mapping):
        raise RecipeLossError(
            f"a row is {str(row)[:60]!r}, not an object: write {{messages: [...], spans: [...]}}"
        )
    name = row_name(row, names)
    messages = _messages(row, name, names)
    texts = [_text(m, i, messages, name, names) for i, m in enumerate(messages)]
    if messages[-1][names.role] not in names.assistant:
        raise RecipeLossError(
            f"{name}: the last message is not the assistant's but of the role "
            f"{messages[-1][names.role]!r}: end the row with the answer, or call its role "
            "assistant (`roles: {assistant: [...]}` of an Axolotl dataset)"
        )
    if is_blank(texts[-1]):
        raise RecipeLossError(
            f"{name}: the answer is empty, there is nothing to train: write one, or remove the row"
        )
    control = _control_tokens(tokenizer, len(tokenizer))
    for number, text in enumerate(texts):
        if control and (found := control.search(text)):
            raise RecipeLossError(
                f"{name}: message {number} ({messages[number][names.role]}) holds {found[0]!r}, "
                "which the tokenizer reads as a control token: remove it, or break it up with a "
                "blank"
            )
    check_spans(row, len(texts[-1]), name)
    check_trained(row.get("trained"), len(texts[-1]), name)
    if not isinstance(row.get("task"), str | None):
        raise RecipeLossError(f"{name}: `task` is {row['task']!r}: write its name, or leave it out")
    return texts[-1]


def refuse_unclear_training(row: Fields, key: str | None, names: Names = USUAL) -> None:
    """Raise `RecipeLossError` where a message's `message_field_training` is neither true nor false.

    Axolotl would train a message of which the text says "false".
    """
    for number, message in enumerate(row[names.messages] if key else []):
        value = message.get(key)
        if value is not None and value not in (True, False):
            raise RecipeLossError(
                f"{row_name(row, names)}: message {number}: `{key}` is {value!r}, neither true nor "
                "false (`message_field_training` names it): write one of them"
            )


def trained_part(row: Fields) -> tuple[int, int] | None:
    """Return the characters of the answer that alone are trained; None where all of it is.

    The end of the turn is trained with the answer's last character, so not where the part ends
    before it.

    >>> trained_part({"trained": [0, 18]})
    (0, 18)
    """
    part = row.get("trained")
    return None if part is None else (part[0], part[1])


def plain_text(content: Any) -> str | None:
    """Return a message's content as one text, None where it is something else.

    >>> plain_text([{"type": "text", "text": "Boil "}, {"type": "text", "text": "it."}])
    'Boil it.'
    >>> plain_text([{"type": "image", "url": "rice.png"}]) is None
    True
    """
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return None
    parts = [_part(part) for part in content]
    return None if None in parts else "".join(part for part in parts if part is not None)


def _part(part: Any) -> str | None:
    """Return the text of one part, under the keys that Axolotl reads."""
    if not isinstance(part, Mapping):
        return None
    text = next((part[k] for k in ("text", "content", "value") if part.get(k) is not None), None)
    return text if isinstance(text, str) else None


def _messages(row: Fields, name: str, names: Names) -> list[Fields]:
    messages = row.get(names.messages)
    if messages is None:
        present = ", ".join(key for key, value in row.items() if value is not None)
        raise RecipeLossError(
            f"{name} has no `{names.messages}`, only {present or 'nothing'}: chat rows have "
            "`messages`, a list of {role, content}; name another column with `field_messages`, "
            "other keys with `message_property_mappings`, and turn prompt and completion into two "
            "messages"
        )
    if not isinstance(messages, list) or not all(isinstance(m, Mapping) for m in messages):
        raise RecipeLossError(
            f"{name}: `{names.messages}` is not a list of messages: write [{{role, content}}, ...]"
        )
    if not messages:
        raise RecipeLossError(
            f"{name}: `{names.messages}` is empty: write question and answer, or remove the row"
        )
    return messages


def _text(message: Fields, number: int, messages: list[Fields], name: str, names: Names) -> str:
    """Return the text of one message; "" where it only calls tools and is not the answer."""
    where = f"{name}: message {number}"
    role = message.get(names.role)
    if not isinstance(role, str):
        raise RecipeLossError(
            f"{where} has no `{names.role}`, only {', '.join(message) or 'nothing'}: add it, or "
            "name the keys that the data has with `message_property_mappings: {role: ..., "
            "content: ...}`"
        )
    content = message.get(names.content)
    if content is None and message.get("tool_calls") and number < len(messages) - 1:
        return ""
    if content is None:
        raise RecipeLossError(
            f"{where} ({role}) has no `{names.content}`, or null: write its text, or remove the "
            "message; name another key with `message_property_mappings`"
        )
    text = plain_text(content)
    if text is None:
        raise RecipeLossError(
            f"{where} ({role}): `{names.content}` is neither text nor parts of text "
            '({"type": "text", "text": ...}): only text is trained here'
        )
    if half := _HALF.search(text):
        raise RecipeLossError(
            f"{where} ({role}): character {half.start()} is half of one ({half[0]!a}), which "
            "no tokenizer reads: decode the text anew, or remove it"
        )
    return text


@lru_cache(maxsize=4)
def _control_tokens(tokenizer: Any, size: int) -> re.Pattern[str] | None:
    """Return what finds a tokenizer's control tokens in text; `size` tells when some were added."""
    added = (t.content for t in tokenizer.added_tokens_decoder.values() if t.special)
    texts = sorted({*added, *tokenizer.all_special_tokens} - {""}, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, texts))) if texts else None
