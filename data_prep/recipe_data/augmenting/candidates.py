"""Questions from a language model: valid, and asked by nobody before."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from recipe_base.errors import TopochefError
from recipe_data.augmenting.prompts import KINDS, answer_schema, messages
from recipe_data.endpoints import Endpoint, NoTextError
from recipe_data.language.text import clean_text
from recipe_data.sampling import GREEDY
from recipe_data.tasks.by_hand.curated import curated_splits, is_alike, questions, read_question
from recipe_data.tasks.by_hand.validity import question_fault
from recipe_data.tasks.drawing import Draw
from recipe_data.tasks.registry import QUESTIONS
from recipe_data.tasks.task import Question

TRIES = 4
"""Dishes that are asked about for each question that is wanted."""
SAME_QUESTION = 0.7
"""Questions of a kind that share this much of their words are one question."""
EXAMPLES = 4
MAX_TOKENS = 500
_NUMBER = re.compile(r"[\d.,]*\d")


class Proposed(NamedTuple):
    """What a model proposed."""

    questions: tuple[Question, ...]
    refused: dict[str, int]
    """How many were not taken, and why."""


def propose(
    endpoint: Endpoint,
    titles: Iterable[str],
    per_kind: int,
    *,
    seed: int = 7,
    workers: int = 1,
    progress: Callable[[int], None] = lambda position: None,
) -> Proposed:
    """Ask for questions about the dishes until each kind has `per_kind`, or `TRIES` times as often.

    Same answers, same result, however many `workers` ask at a time. `progress` hears how many
    questions there are. Raises `EndpointError` if the server does not answer.
    """
    dishes = sorted({*titles})
    taken: list[Question] = []
    refused: Counter[str] = Counter()
    with ThreadPoolExecutor(workers) as pool:
        for kind in KINDS:
            asking = _asking(endpoint, kind, seed)
            wanted = len(taken) + per_kind
            drawn = _drawn(dishes, kind, seed)[: TRIES * per_kind]
            for answered in _in_windows(pool.map, asking, drawn, workers):
                question, fault = _judged(kind, answered, taken)
                if question is None:
                    refused[fault] += 1
                    continue
                taken.append(question)
                progress(len(taken))
                if len(taken) == wanted:
                    break
    return Proposed(tuple(taken), dict(sorted(refused.items())))


def is_same(one: Question, other: Question) -> bool:
    """Tell whether two questions are one: equal but for numbers, or nearly of the same words.

    >>> is_same(Question("time", "How long for 2 eggs?", "8 min"),
    ...         Question("time", "how long for 3 eggs", "9 min"))
    True
    """
    if _skeleton(one.text) == _skeleton(other.text):
        return True
    return one.task == other.task and is_alike(one, other, SAME_QUESTION)


def _skeleton(text: str) -> str:
    return " ".join(re.findall(r"\w+", _NUMBER.sub("0", text.casefold())))


def _drawn(dishes: Sequence[str], kind: str, seed: int) -> list[str]:
    return sorted(dishes, key=lambda title: Draw(title, seed).number(f"augment|{kind}"))


def _asking(endpoint: Endpoint, kind: str, seed: int) -> Callable[[str], str | None]:
    """Return what asks about one dish; its examples are of the train split, never of another."""
    splits = curated_splits(seed)
    shown = [q for q in questions() if q.task == kind and splits[f"{q.identity}-{kind}"] == "train"]
    shown = shown or [QUESTIONS[kind].example]

    def ask(title: str) -> str | None:
        examples = Draw(title, seed).sample("examples", shown, EXAMPLES)
        try:
            reply = endpoint.complete(
                messages(kind, title, examples),
                schema=answer_schema(kind),
                max_tokens=MAX_TOKENS,
                sampler=GREEDY,
            )
        except NoTextError:
            return ""
        return reply.text if reply.finish_reason == "stop" else None

    return ask


def _in_windows(
    run: Callable[..., Iterator[str | None]],
    ask: Callable[[str], str | None],
    titles: Sequence[str],
    size: int,
) -> Iterator[str | None]:
    """Ask `size` at a time, so that no more is asked than is needed."""
    for start in range(0, len(titles), size):
        yield from run(ask, titles[start : start + size])


def _judged(
    kind: str, answered: str | None, taken: Sequence[Question]
) -> tuple[Question | None, str]:
    """Return the question of an answer, or why it is not taken."""
    if answered is None:
        return None, "cut off"
    question = _read(kind, answered)
    if question is None:
        return None, "no question and answer"
    if any(is_same(question, other) for other in (*questions(), *taken)):
        return None, "asked before"
    return (None, "not valid") if question_fault(question) else (question, "")


def _read(kind: str, answered: str) -> Question | None:
    try:
        entry = json.loads(answered)
        if set(entry) != set(answer_schema(kind)["required"]):
            return None
        as_in_files = {"q": entry["question"], "a": entry["reply"]}
        question = read_question(kind, as_in_files, "an answer")
    except (ValueError, RecursionError, TypeError, TopochefError):
        return None
    return question._replace(text=clean_text(question.text))
