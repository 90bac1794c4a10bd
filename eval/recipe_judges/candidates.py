"""The recipes of a run that are judged: one for every title, or why there is none."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.runs import Run
from recipe_eval.generating.predictions import asked_of, read_predictions
from recipe_eval.scoring.judging import predicted_text
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

    Raises `TopochefError` if the run is not whole, or has predictions that belong to no test
    title. `requests` are all of the test split: choose afterwards.
    """
    folder = Run(run)
    asked = requests[: asked_of(folder).get("limit")]
    predictions = read_predictions(folder, asked)
    return [_candidate(request, predictions.get(request.id)) for request in requests]


def _candidate(request: Request, row: dict[str, Any] | None) -> Candidate:
    text = str(row.get("text", "")) if row else ""
    try:
        return Candidate(request, text, read_answer(predicted_text(row)).usual, None)
    except AnswerError as error:
        return Candidate(request, text, None, str(error))


def drawn(requests: Sequence[Request], titles: int | None, seed: int) -> set[str]:
    """Return the ids of `titles` requests drawn by seed; of all where None is given."""
    ids = [request.id for request in requests]
    if titles is None or titles >= len(ids):
        return set(ids)
    return set(random.Random(seed).sample(ids, titles))
