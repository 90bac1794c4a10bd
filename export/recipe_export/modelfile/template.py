"""Finds the Go template with which Ollama writes what a Jinja chat template writes.

No template of any model is known here: what stands around the messages is read from renderings of
made-up conversations. What was found is a guess until `parity` has proven it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from recipe_base.errors import TopochefError
from recipe_export.chat import Messages
from recipe_export.modelfile.go import GoTemplate

_SYSTEM, _USER, _ANSWER, _AGAIN = "zqsystemqz", "zquserqz", "zqanswerqz", "zqagainqz"


class Frame(NamedTuple):
    """The texts that a chat template puts around messages."""

    before_system: str
    after_system: str
    without_system: str  # a default system prompt, where a conversation brings none
    before_user: str
    after_user: str
    before_answer: str  # an earlier answer; the one to be written follows `opening`
    after_answer: str
    opening: str

    def go(self) -> str:
        """Return the Go template that writes these texts."""
        texts = Frame(*map(_literal, self))
        otherwise = f"{{{{ else }}}}{texts.without_system}" if self.without_system else ""
        return (
            f"{{{{ if .System }}}}{texts.before_system}{{{{ .System }}}}{texts.after_system}"
            f"{otherwise}{{{{ end }}}}"
            '{{ range .Messages }}{{ if eq .Role "user" }}'
            f"{texts.before_user}{{{{ .Content }}}}{texts.after_user}"
            '{{ else if eq .Role "assistant" }}'
            f"{texts.before_answer}{{{{ .Content }}}}{texts.after_answer}"
            f"{{{{ end }}}}{{{{ end }}}}{texts.opening}"
        )


def find_frame(render: Callable[[Messages], str]) -> Frame:
    """Read the frame from three renderings; `render` begins the assistant's turn.

    Raises `TopochefError` for a template that writes a message never, twice or in another order.
    """
    system = {"role": "system", "content": _SYSTEM}
    user = {"role": "user", "content": _USER}
    answer = {"role": "assistant", "content": _ANSWER}
    again = {"role": "user", "content": _AGAIN}
    start, system_user, user_opening = _parts(render([system, user]), _SYSTEM, _USER)
    start_user, _ = _parts(render([user]), _USER)
    whole = render([system, user, answer, again])
    _, _, user_answer, answer_user, _ = _parts(whole, _SYSTEM, _USER, _ANSWER, _AGAIN)
    before_user = _common_end(system_user, start_user, answer_user)
    after_user = _common_start(user_opening, user_answer)
    return Frame(
        before_system=start,
        after_system=system_user.removesuffix(before_user),
        without_system=start_user.removesuffix(before_user),
        before_user=before_user,
        after_user=after_user,
        before_answer=user_answer.removeprefix(after_user),
        after_answer=answer_user.removesuffix(before_user),
        opening=user_opening.removeprefix(after_user),
    )


def ollama_prompt(template: GoTemplate, messages: Messages, think: bool | None = None) -> str:
    """Write a prompt as an Ollama server does.

    All system messages become `.System`, wherever they stand, and neighbours of one role become
    one message, both joined by a blank line. `think` is the request's field of that name.
    """
    if "Messages" not in template.fields:
        raise TopochefError("the Go template names no .Messages: the older form is not known here")
    merged: list[dict[str, str]] = []
    for message in messages:
        if merged and merged[-1]["Role"] == message["role"]:
            merged[-1]["Content"] += f"\n\n{message['content']}"
        else:
            merged.append({"Role": message["role"], "Content": message["content"]})
    values: dict[str, Any] = {
        "System": "\n\n".join(m["content"] for m in messages if m["role"] == "system"),
        "Messages": merged,
        "Tools": [],
        "Response": "",
        "Think": bool(think),
        "IsThinkSet": think is not None,
    }
    return template.render(values)


def _parts(text: str, *marks: str) -> list[str]:
    """Cut a rendering at the messages."""
    if any(text.count(mark) != 1 for mark in marks):
        raise TopochefError(
            "the chat template does not write every message once: no Go template of the kind "
            f"that is known here can do the same (it renders {text[:120]!r}…)"
        )
    parts = re.split("|".join(marks), text)
    if [m[0] for m in re.finditer("|".join(marks), text)] != list(marks):
        raise TopochefError("the chat template writes the messages in another order")
    return parts


def _common_start(*texts: str) -> str:
    shortest = min(texts, key=len)
    columns = zip(*texts, strict=False)
    return shortest[: next((i for i, c in enumerate(columns) if len(set(c)) > 1), len(shortest))]


def _common_end(*texts: str) -> str:
    return _common_start(*(text[::-1] for text in texts))[::-1]


def _literal(text: str) -> str:
    """Write text so that Go's template language leaves it alone."""
    return re.sub(r"\{+", lambda braces: f'{{{{ "{braces[0]}" }}}}', text)
