"""`recipe-eval credit`: from K samples of each training title to chat rows with credits."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

from recipe_base.datasets import TRAIN_FILE
from recipe_base.errors import TopochefError
from recipe_base.files import sha256
from recipe_base.runs import Run
from recipe_eval.crediting.baseline import credits_of
from recipe_eval.crediting.parts import Part, Scorer, score_parts
from recipe_eval.reading.entities import code_hash
from recipe_eval.sampling.asked import Asked
from recipe_eval.sampling.texts import trained_text
from recipe_kitchen.request import Request

STAGE = "credit"
TASK = "credited"
"""The task of the rows, which a config gives a mix of its own."""


class Sample(NamedTuple):
    """One answer and its parts."""

    number: int
    """Which of the title's samples it is, from 1."""
    text: str
    parts: list[Part]


class Tally:
    """What is counted while rows are written."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.titles = self.rows = 0
        self.left_out: Counter[str] = Counter()
        self.signs: Counter[str] = Counter()
        self.scores: defaultdict[str, list[float]] = defaultdict(list)

    def count(self, row: dict[str, Any]) -> None:
        """Count a row and the signs of its credits."""
        self.rows += 1
        for span in row["spans"]:
            credit = span["credit"]
            sign = "positive" if credit > 0 else "negative" if credit < 0 else "zero"
            self.signs[sign] += 1

    def facts(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "titles": self.titles,
            "rows": self.rows,
            "credits": {sign: self.signs[sign] for sign in ("positive", "negative", "zero")},
            "scores": {kind: round(fmean(all), 4) for kind, all in sorted(self.scores.items())},
            "left_out": dict(self.left_out.most_common()),
        }


def credit(
    run: Run, data: Path, asked: Asked, samples: Sequence[Run], scorer: Scorer, name: str
) -> dict[str, Any]:
    """Write `credited.jsonl` into a run, from the `samples` of its titles; return the facts.

    Args:
        run: Which gets them.
        data: The folder of the training split.
        asked: What it was asked.
        samples: Run folders, each with one text for every request.
        scorer: What parts of an answer are worth.
        name: Its import path.

    Raises `TopochefError` where no title gives a row, or the scorer breaks its promise.
    """
    tally = Tally()
    run.credited.write(_some(_rows(asked, samples, scorer, name, tally), tally))
    facts = {
        "inputs": {
            "train_sha256": sha256(data / TRAIN_FILE),
            "samples_sha256": [sha256(sample.predictions.path) for sample in samples],
            "scorer": f"{name}|entities:rules-{code_hash()}",
            **asked.inputs,
        },
        **tally.facts(),
        "held_out": asked.held_out,
    }
    run.record(STAGE, facts)
    return facts


def _some(rows: Iterator[dict[str, Any]], tally: Tally) -> Iterator[dict[str, Any]]:
    """Yield the rows; raise where there are none, so that no empty file appears."""
    yield from rows
    if not tally.rows:
        reasons = ", ".join(f"{count} {reason}" for reason, count in tally.left_out.most_common())
        raise TopochefError(
            f"none of {tally.titles} titles gives a credit ({reasons}): draw more --samples, ask "
            "for more titles, or draw at a higher --temperature"
        )


def _rows(
    asked: Asked, samples: Sequence[Run], scorer: Scorer, name: str, tally: Tally
) -> Iterator[dict[str, Any]]:
    """Yield the rows title by title; titles that give none are counted by the reason."""
    from recipe_base.console import progress_bar

    drawn = zip(*(sample.predictions.read() for sample in samples), strict=True)
    with progress_bar("Crediting samples", len(asked.requests)) as advance:
        for request, predictions in zip(asked.requests, drawn, strict=True):
            tally.titles += 1
            found = list(_samples(request, predictions, scorer, name))
            for part in (part for sample in found for part in sample.parts):
                tally.scores[part.kind].append(part.score)
            rows = list(_of_title(request, found))
            if not rows:
                few = len(found) < 2
                tally.left_out["fewer than two answers" if few else "all alike in score"] += 1
            for row in rows:
                tally.count(row)
            yield from rows
            advance()


def _samples(
    request: Request, predictions: Sequence[dict[str, Any]], scorer: Scorer, name: str
) -> Iterator[Sample]:
    """Yield the answers among the texts of a title: of what is none, no part is worth anything."""
    for number, row in enumerate(predictions, 1):
        text = trained_text(request, row)
        if text is not None:
            where = f"--scorer {name}, sample {number} of row {request.id}"
            yield Sample(number, text, score_parts(scorer, text, request.gold, where))


def _of_title(request: Request, samples: Sequence[Sample]) -> Iterator[dict[str, Any]]:
    """Yield the rows of a title, those without any credit left out."""
    for sample, credits in zip(samples, credits_of([s.parts for s in samples]), strict=True):
        if any(credits):
            yield credited_row(request, sample, credits)


def credited_row(
    request: Request, sample: Sample, credits: Sequence[float | None]
) -> dict[str, Any]:
    """Return `{id, task, messages, spans}`; a part without credit is no span."""
    answer = {"role": "assistant", "content": sample.text}
    return {
        "id": f"{request.id}-sample{sample.number}",
        "task": TASK,
        "messages": [*request.messages, answer],
        "spans": [
            {"start": one.start, "end": one.end, "kind": one.kind, "group": group, "credit": given}
            for group, (one, given) in enumerate(zip(sample.parts, credits, strict=True))
            if given is not None
        ],
    }
