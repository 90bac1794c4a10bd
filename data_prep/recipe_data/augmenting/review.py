"""The file in which a person says which proposed questions are right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

from recipe_base.errors import TopochefError
from recipe_base.files import write_text
from recipe_data.augmenting.candidates import is_same
from recipe_data.augmenting.prompts import KINDS, PROMPT_VERSION
from recipe_data.curated_files import read_yaml
from recipe_data.schema import ChatRow
from recipe_data.tasks.by_hand.curated import (
    curated_splits,
    is_alike,
    question_rows,
    questions,
    read_question,
)
from recipe_data.tasks.by_hand.validity import question_fault
from recipe_data.tasks.task import Question

SOURCE = "questions of a language model, reviewed"
_HEAD = """\
# Questions that {model} proposed (prompt {prompt}). None is used before a person approves it:
# mend `q` and `a` where needed and set `approved: true`, or leave it; then
# recipe-data build SOURCE --output FOLDER --tasks all --questions {name}
"""


def refuse_to_replace(path: Path) -> None:
    """Raise `TopochefError` if a file is there."""
    if path.exists():
        raise TopochefError(
            f"{path} is there already, and may hold your review: name another --output, or delete "
            "it"
        )


def write_review(path: Path, proposed: Sequence[Question], model: str) -> None:
    """Write the candidates, none approved; raises `TopochefError` rather than replace a review."""
    refuse_to_replace(path)
    kinds = {
        kind: [
            {"q": q.text, "a": _plain(q.answer), "approved": False}
            for q in proposed
            if q.task == kind
        ]
        for kind in KINDS
    }
    body = yaml.safe_dump(
        {kind: entries for kind, entries in kinds.items() if entries},
        allow_unicode=True,
        sort_keys=False,
        width=100,
    )
    write_text(path, _HEAD.format(model=model, prompt=PROMPT_VERSION, name=path.name) + body)


def _plain(answer: str | tuple[str, ...]) -> str | list[str]:
    return answer if isinstance(answer, str) else [*answer]


def read_review(path: Path) -> tuple[Question, ...]:
    """Return the approved questions; the others count for nothing.

    Raises `TopochefError` for a malformed entry, for an approved question that is not valid or is
    asked twice, and where none is approved.
    """
    approved: list[Question] = []
    for kind, entries in _kinds(path).items():
        for number, entry in enumerate(entries, 1):
            where = f"{path}, {kind} {number}"
            question, taken = _entry(kind, entry, where)
            if not taken:
                continue
            if fault := question_fault(question):
                raise TopochefError(f"{where}: {fault}: mend it, or set `approved: false`")
            if any(is_same(question, other) for other in (*questions(), *approved)):
                raise TopochefError(f"{where}: asked before: set `approved: false`")
            approved.append(question)
    if not approved:
        raise TopochefError(f"{path}: no question is approved: set `approved: true` where right")
    return tuple(approved)


def _kinds(path: Path) -> dict[str, list[Any]]:
    if not path.is_file():
        raise TopochefError(f"{path} does not exist: run `recipe-data augment` first")
    try:
        kinds = read_yaml(path)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise TopochefError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(kinds, dict) or not all(isinstance(e, list) for e in kinds.values()):
        raise TopochefError(f"{path}: give a list of questions for each kind")
    return kinds


def _entry(kind: str, entry: Any, where: str) -> tuple[Question, bool]:
    if not isinstance(entry, dict) or not isinstance(entry.get("approved"), bool):
        raise TopochefError(f"{where}: give `q`, `a` and `approved: true` or `approved: false`")
    written = {key: value for key, value in entry.items() if key != "approved"}
    return read_question(kind, written, where), entry["approved"]


def reviewed_rows(approved: Iterable[Question], seed: int) -> list[ChatRow]:
    """Return the approved questions as rows for training.

    Test and validation stay what people wrote; what is alike to a question there is left out.
    """
    splits = curated_splits(seed)
    held_out = [q for q in questions() if splits[f"{q.identity}-{q.task}"] != "train"]
    apart = [q for q in approved if not any(is_alike(q, other) for other in held_out)]
    return question_rows(apart, SOURCE)
