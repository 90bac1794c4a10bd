"""Ask a judge many questions: answers are remembered, and one that is no answer is named."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.runs import Run
from recipe_data.endpoints import DEFAULT_CONTEXT_TOKENS, Endpoint, Message, NoTextError, endpoint
from recipe_data.endpoints.cache import DEFAULT_NAME, Cached
from recipe_data.sampling import GREEDY
from recipe_judges.prompts import MAX_TOKENS
from recipe_kitchen.asking import in_order

_CHARS_PER_TOKEN = 2
"""Fewer than any tokenizer needs for English: a server must never cut a prompt."""


class Question(NamedTuple):
    """What a judge is asked."""

    messages: list[Message]
    schema: dict[str, Any]


class Ruling(NamedTuple):
    """What a judge answered."""

    verdict: str | None
    """One of the values that the schema allows; None where there is no such answer."""
    reason: str
    """The judge's, or why there is no answer."""


def open_judge(spec: str, run: Path, questions: Sequence[Question]) -> Endpoint:
    """Return the endpoint of a spec, with room for the longest question and its own cache.

    Answers are kept in the `.cache` of the run folder: a killed command asks nothing again.
    """
    longest = max((sum(len(m["content"]) for m in q.messages) for q in questions), default=0)
    context = max(DEFAULT_CONTEXT_TOKENS, longest // _CHARS_PER_TOKEN + 2 * MAX_TOKENS)
    return Cached(endpoint(spec, context_tokens=context), Run(run).cache / DEFAULT_NAME)


def ask_all(
    judge: Endpoint, questions: Sequence[Question], seed: int, at_once: int
) -> Iterator[Ruling]:
    """Yield a ruling on each question, in order, with a progress bar.

    Raises `EndpointError` if the server does not answer; what it answered is remembered.
    """
    from recipe_base.console import progress_bar

    def ask(question: Question) -> Ruling:
        try:
            reply = judge.complete(
                question.messages,
                schema=question.schema,
                max_tokens=MAX_TOKENS,
                sampler=GREEDY,
                seed=seed,
            )
        except NoTextError:
            return Ruling(None, "no answer")
        if reply.finish_reason == "length":
            return Ruling(None, "cut off")
        return read_ruling(reply.text, question.schema)

    with progress_bar("Asking the judge", len(questions)) as advance:
        for ruling in in_order(ask, questions, at_once):
            advance()
            yield ruling


def read_ruling(text: str, schema: dict[str, Any]) -> Ruling:
    """Read an answer of a schema of `prompts`; servers may not keep to it.

    >>> from recipe_judges.prompts import POINT_SCHEMA
    >>> read_ruling('{"reason":"All is used.","verdict":"pass"}', POINT_SCHEMA)
    Ruling(verdict='pass', reason='All is used.')
    >>> read_ruling("It passes.", POINT_SCHEMA)
    Ruling(verdict=None, reason='not JSON')
    """
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return Ruling(None, "not JSON")
    if (
        not isinstance(answer, dict)
        or not isinstance(answer.get("reason"), str)
        or answer.get("verdict") not in schema["properties"]["verdict"]["enum"]
    ):
        return Ruling(None, "not of the schema")
    reason = answer["reason"].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return Ruling(answer["verdict"], reason)
