"""The hand-written questions as rows, and which split each belongs to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from typing import Any

from recipe_base.errors import TopochefError
from recipe_data.building.split import Split
from recipe_data.curated_files import read_packaged
from recipe_data.language.text import words
from recipe_data.pantry.identity import canonical
from recipe_data.pantry.words import food_words
from recipe_data.schema import ChatRow
from recipe_data.tasks.registry import QUESTIONS
from recipe_data.tasks.task import Question

FILE = "questions.yaml"
SOURCE = "topochef questions"
HELD_OUT_SHARE = 0.1
"""Share of each kind that goes to test, and to validation."""
ALIKE = 0.4
"""Questions that share this much of their words stay in one split."""
_COMMON = words(
    "a an and are at be do does for from go have how i in into is it long many me minute much my"
    " need of on one or that the there to what when which with °c g gram ml millilitre person can"
)


@cache
def questions() -> tuple[Question, ...]:
    """Return the questions in the order of the file; raises `TopochefError` for a malformed one."""
    kinds = read_packaged("recipe_data.tasks.by_hand", FILE)
    return tuple(
        read_question(kind, entry, f"{FILE}, {kind} {number}")
        for kind, entries in kinds.items()
        for number, entry in enumerate(entries, 1)
    )


def read_question(kind: str, entry: dict[str, Any], where: str) -> Question:
    """Read one entry of a kind; raises `TopochefError` that names `where` it is malformed."""
    if kind not in QUESTIONS:
        raise TopochefError(f"{where}: no task of short answers is called {kind}")
    if set(entry) != {"q", "a"} or not isinstance(entry["q"], str):
        raise TopochefError(f"{where}: give `q`, a text, and `a`, and nothing else")
    answer = entry["a"]
    listed = isinstance(answer, list)
    if listed is not QUESTIONS[kind].listed:
        raise TopochefError(f"{where}: `a` must be {'one amount' if listed else 'a list'}")
    if listed and not all(isinstance(line, str) for line in answer):
        raise TopochefError(f"{where}: `a` must be a list of texts")
    return Question(kind, entry["q"], tuple(answer) if listed else str(answer))


def curated_rows() -> list[ChatRow]:
    """Return the hand-written questions as chat rows, in the order of the file."""
    return question_rows(questions(), SOURCE)


def question_rows(asked: Iterable[Question], source: str) -> list[ChatRow]:
    """Return questions as chat rows, in their order."""
    rows = []
    for question in asked:
        task = QUESTIONS[question.task]
        text, spans = task.read(question)
        rows.append(
            ChatRow(
                id=f"{question.identity}-{task.name}",
                task=task.name,
                messages=task.messages(question.text, text),
                spans=spans,
                source=source,
            )
        )
    return rows


def curated_splits(seed: int) -> dict[str, Split]:
    """Return the split of each curated row by its id: a tenth of each kind to test and validation.

    Questions that are alike stay together. Depends on the questions and the seed only.
    """
    splits: dict[str, Split] = {}
    for task in dict.fromkeys(question.task for question in questions()):
        groups = group_questions([q for q in questions() if q.task == task])
        rows = sum(map(len, groups))
        room: dict[Split, int] = dict.fromkeys(("test", "validation"), round(HELD_OUT_SHARE * rows))
        for group in sorted(groups, key=lambda g: _order(g, seed)):
            split: Split = next((s for s in room if len(group) <= room[s]), "train")
            if split != "train":
                room[split] -= len(group)
            splits.update((f"{question.identity}-{task}", split) for question in group)
    return splits


def _order(group: list[Question], seed: int) -> bytes:
    name = min(question.text for question in group)
    return hashlib.sha256(f"{seed}|{name}".encode()).digest()


def group_questions(asked: list[Question]) -> list[list[Question]]:
    """Join questions that share `ALIKE` of their words, directly or in a chain."""
    groups: list[list[Question]] = []
    for question in asked:
        near = [g for g in groups if any(is_alike(question, other) for other in g)]
        groups = [g for g in groups if g not in near]
        groups.append([*(other for group in near for other in group), question])
    return groups


def is_alike(one: Question, other: Question, share: float = ALIKE) -> bool:
    """Tell whether two questions have so large a share of their words in common."""
    mine, theirs = question_words(one.text), question_words(other.text)
    return len(mine & theirs) >= share * len(mine | theirs)


@cache
def question_words(text: str) -> frozenset[str]:
    """Return what a question is about, without the words of asking.

    >>> sorted(question_words("How long do I boil dried penne?"))
    ['boil', 'dried', 'penne']
    """
    return frozenset(food_words(canonical(text))) - _COMMON
