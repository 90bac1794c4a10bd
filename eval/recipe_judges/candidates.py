"""The recipes of a run that are judged: one for every title, or why there is none."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from recipe_base.runs import Run
from recipe_eval.scoring.judging import predicted_text, read_predictions
from recipe_kitchen.answers import Answer, AnswerError, read_answer
from recipe_kitchen.request import Request


class Candidate(NamedTuple):
    """What a run wrote for one title."""

    request: Request
    text: str
    """As written; empty where nothing was."""
    recipe: Answer | None
    """None where the text is no recipe."""
    failure: str | None
    """Why there is no recipe: `missing`, `cut off`, `not JSON`, …"""


def candidates(run: Path, requests: Sequence[Request]) -> list[Candidate]:
    """Return what a run wrote for each request, in order.

    Raises `TopochefError` if the run has no predictions, or some that belong to no test title.
    `requests` are all of the test split: choose afterwards.
    """
    written = Run(run).predictions
    predictions = read_predictions(written.path, requests, written.made_by)
    return [_candidate(request, predictions[request.id]) for request in requests]


def _candidate(request: Request, rows: Sequence[dict[str, object]]) -> Candidate:
    text = str(rows[0].get("text", "")) if rows else ""
    try:
        return Candidate(request, text, read_answer(predicted_text(rows)).usual, None)
    except AnswerError as error:
        return Candidate(request, text, None, str(error))


def drawn(requests: Sequence[Request], titles: int | None, seed: int) -> set[str]:
    """Return the ids of `titles` requests drawn by seed; of all where None is given."""
    ids = [request.id for request in requests]
    if titles is None or titles >= len(ids):
        return set(ids)
    return set(random.Random(seed).sample(ids, titles))
