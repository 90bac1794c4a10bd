"""What a scorer says of an answer: which characters are worth how much."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

from recipe_base.errors import TopochefError
from recipe_base.importing import imported
from recipe_kitchen.answers import AnswerError

SCORER = "recipe_eval.crediting.recipes:by_line"


class Part(NamedTuple):
    """Characters of an answer that stand or fall together."""

    start: int
    end: int
    """Characters `start:end` of the answer."""
    score: float
    """What they are worth against gold: any finite number, more is better."""
    kind: str = "part"
    """Parts are compared with those of their kind; the kind of the span that is trained."""


class Scorer(Protocol):
    """The function that `--scorer` names: from an answer and gold to the answer's parts.

    It returns `Part`s, or tuples of (start, end, score) or (start, end, score, kind), in any order;
    no two share a character, and what lies in none gets no credit. It must give the same parts for
    the same texts, and looks at nothing else.
    """

    def __call__(self, answer: str, gold: str) -> Iterable[tuple[Any, ...]]:
        """Score an answer."""
        ...


def load_scorer(path: str) -> Scorer:
    """Return the function of that import path; raises `TopochefError` where there is none."""
    scorer: Scorer = imported(path, "--scorer")
    if not callable(scorer):
        raise TopochefError(f"--scorer {path} is no function of (answer, gold)")
    return scorer


def score_parts(scorer: Scorer, answer: str, gold: str, where: str) -> list[Part]:
    """Return the parts of an answer, in their order.

    Raises `TopochefError` naming `where` if the scorer breaks its promise.
    """
    try:
        parts = [Part(*part) for part in scorer(answer, gold)]
    except AnswerError as error:
        raise TopochefError(
            f"{where}: the scorer reads recipes, and answer or gold is none ({error}): name "
            "another --scorer"
        ) from error
    for part in parts:
        if not 0 <= part.start < part.end <= len(answer):
            raise TopochefError(
                f"{where}: the scorer returns {tuple(part)}, which is no part of an answer of "
                f"{len(answer)} characters: it must return (start, end, score) of each part"
            )
        if not math.isfinite(part.score):
            raise TopochefError(f"{where}: the scorer returns the score {part.score}: no number")
    parts.sort()
    for one, following in pairwise(parts):
        if following.start < one.end:
            raise TopochefError(
                f"{where}: the scorer returns {tuple(one)} and {tuple(following)}, which share "
                "characters, so a token would have two credits: move an end"
            )
    return parts
