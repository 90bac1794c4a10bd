"""Predictions beside gold: what became of every recipe that was asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from recipe_base.datasets import TEST_FILE
from recipe_base.errors import TopochefError
from recipe_data.schema import WHOLE, Part
from recipe_eval.reading.entities import Asked, Entities, Extractor
from recipe_kitchen.answers import AnswerError, read_answer
from recipe_kitchen.asking import CUT_OFF
from recipe_kitchen.request import Request

OK = "ok"
_WAITING = 8  # answers that are read at once where a server is waited for


class Judged(NamedTuple):
    """One recipe: gold's entities, the prediction's, and what became of the generation."""

    id: str
    title: str
    status: str
    """`ok`, or why there is nothing to score: `missing`, `cut off`, `not JSON`, …"""
    gold: Entities
    predicted: Entities | None
    """None where the generation failed."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        predicted = self.predicted.to_dict() if self.predicted else None
        return {**self._asdict(), "gold": self.gold.to_dict(), "predicted": predicted}

    @classmethod
    def from_dict(cls, row: dict[str, Any]) -> Judged:
        """Rebuild from `to_dict`."""
        predicted = Entities.from_dict(row["predicted"]) if row["predicted"] else None
        return cls(**{**row, "gold": Entities.from_dict(row["gold"]), "predicted": predicted})


class Readers(NamedTuple):
    """What finds the entities of gold and of predictions: of one kind, each with its own cache."""

    gold: Extractor
    predicted: Extractor


def judge(
    request: Request, prediction: dict[str, Any] | None, readers: Readers, part: Part = WHOLE
) -> Judged:
    """Find the entities of gold and of its prediction, or say why there are none.

    Both are read as far as the part goes that was asked for. Raises `TopochefError` if gold itself
    is no answer: that is a defect of the data.
    """
    asked = Asked(request.title, request.servings)
    try:
        gold = readers.gold.extract(read_answer(request.gold, part), asked)
    except AnswerError as error:
        raise TopochefError(
            f"{TEST_FILE}, row {request.id}: the gold answer is wrong ({error}): build it anew"
        ) from error
    try:
        written = read_answer(predicted_text(prediction), part)
        predicted = readers.predicted.extract(written, asked)
    except AnswerError as error:
        return Judged(request.id, request.title, str(error), gold, None)
    return Judged(request.id, request.title, OK, gold, predicted)


def predicted_text(prediction: dict[str, Any] | None) -> str:
    """Return the text that was written; raises `AnswerError` if no whole one was."""
    if prediction is None:
        raise AnswerError("missing")
    if prediction.get("finish_reason") == "length":
        raise AnswerError(CUT_OFF)
    if prediction.get("finish_reason") == "error":
        raise AnswerError("no answer")
    return str(prediction.get("text", ""))


def judge_all(
    requests: Sequence[Request],
    predictions: dict[str, dict[str, Any] | None],
    readers: Readers,
    part: Part = WHOLE,
) -> Iterator[Judged]:
    """Judge every request in order, with a progress bar."""
    from concurrent.futures import ThreadPoolExecutor

    from recipe_base.console import progress_bar

    def work(request: Request) -> Judged:
        return judge(request, predictions[request.id], readers, part)

    with (
        progress_bar("Reading recipes", len(requests)) as advance,
        ThreadPoolExecutor(_WAITING if readers.predicted.waits else 1) as pool,
    ):
        try:
            for judged in pool.map(work, requests):
                yield judged
                advance()
        finally:
            pool.shutdown(cancel_futures=True)


def failures(judged: Sequence[Judged]) -> dict[str, list[str]]:
    """Name the failed recipes by reason, the commonest reason first."""
    reasons = Counter(row.status for row in judged if row.status != OK)
    return {
        reason: [row.id for row in judged if row.status == reason]
        for reason, _ in reasons.most_common()
    }
