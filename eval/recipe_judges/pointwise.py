"""Each recipe by itself: does it pass each criterion, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from recipe_eval.statistics.means import proportion
from recipe_judges.asking import Question, Ruling
from recipe_judges.candidates import Candidate
from recipe_judges.prompts import POINT_SCHEMA, point_messages
from recipe_judges.rubric import CRITERIA

ALL = "all"
"""Name of what passes every criterion."""


class Share(NamedTuple):
    """How many pass, of those with a verdict."""

    passed: int
    n: int
    rate: float | None
    """None where there is no verdict at all."""
    low: float | None
    """Lower end of Wilson's 95 % interval."""
    high: float | None
    unjudged: int
    """Without a verdict: the judge's answer was none."""


def questions(candidates: Sequence[Candidate]) -> list[Question]:
    """Return one question for every recipe and criterion, leaving out failed generations."""
    return [
        Question(
            point_messages(criterion, c.request.title, c.request.servings, c.recipe), POINT_SCHEMA
        )
        for c in candidates
        if c.recipe is not None
        for criterion in CRITERIA
    ]


def judgements(
    candidates: Sequence[Candidate], rulings: Iterator[Ruling]
) -> Iterator[dict[str, Any]]:
    """Yield one row for every title and criterion; a failed generation fails them all."""
    for candidate in candidates:
        for criterion in CRITERIA:
            if candidate.recipe is None:
                ruling = Ruling("fail", f"no recipe: {candidate.failure}")
            else:
                ruling = next(rulings)
            yield {
                "id": candidate.request.id,
                "title": candidate.request.title,
                "criterion": criterion.name,
                "reason": ruling.reason,
                "verdict": ruling.verdict,
            }


def summary(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the share that passes each criterion, and all of them, as plain JSON values."""
    verdicts: dict[str, dict[str, str | None]] = {c.name: {} for c in CRITERIA}
    for row in rows:
        verdicts[row["criterion"]][row["id"]] = row["verdict"]
    ids = list(verdicts[CRITERIA[0].name])
    together = {i: _together([by_id[i] for by_id in verdicts.values()]) for i in ids}
    columns = {**verdicts, ALL: together}
    return {name: share(list(by_id.values()))._asdict() for name, by_id in columns.items()}


def _together(verdicts: Sequence[str | None]) -> str | None:
    """Return the verdict on a recipe: one failure fails it, else one that is missing is missed."""
    if "fail" in verdicts:
        return "fail"
    return None if None in verdicts else "pass"


def share(verdicts: Sequence[str | None]) -> Share:
    """Count verdicts; the interval is Wilson's (1927).

    >>> found = share(["pass", "pass", "fail", None])
    >>> found.passed, found.n, found.unjudged, round(found.low, 3), round(found.high, 3)
    (2, 3, 1, 0.208, 0.939)
    """
    known = [verdict for verdict in verdicts if verdict is not None]
    passed = known.count("pass")
    return Share(passed, len(known), *proportion(passed, len(known)), len(verdicts) - len(known))
