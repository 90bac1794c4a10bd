"""What the recipes of one sampler are worth against gold: few numbers, cheap to find."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import fmean, stdev
from typing import Any, NamedTuple

from recipe_data.repeats import repeated_foods
from recipe_data.sampling import Sampler
from recipe_data.schema import WHOLE, Part
from recipe_eval.metrics.base import share
from recipe_eval.metrics.ingredients import count_quantities
from recipe_eval.reading.entities import NOTHING, Entities, Rules
from recipe_eval.reading.names import core
from recipe_eval.scoring.judging import Readers, judge
from recipe_kitchen.request import Request

OBJECTIVE = "mean of ingredient F1, action F1 (unless lists alone are written) and quantity "
OBJECTIVE += "precision; no recipe is 0"


class Title(NamedTuple):
    """The recipe of one title; everything is 0 where none was written."""

    recall: float
    """Of gold's foods, those that are listed: as sets of names, by the strict rules."""
    precision: float
    """Of the foods that are listed, those of gold."""
    f1: float
    actions: float | None
    """F1 of the cooking verbs, as multisets; None of a list alone."""
    quantity: float | None
    """Quantity precision; None where neither side states an amount."""
    valid: bool
    repeated: bool
    """Whether a food is listed twice."""
    rewinds: int
    length: float
    """Lines of the list for each of gold's."""

    @property
    def objective(self) -> float:
        """The mean of the three, or of those that apply."""
        parts = (self.f1, self.actions, self.quantity)
        return fmean(part for part in parts if part is not None)


class Row(NamedTuple):
    """All titles of one sampler."""

    sampler: Sampler
    titles: tuple[Title, ...]

    @property
    def objective(self) -> float:
        """The mean over titles."""
        return fmean(title.objective for title in self.titles)

    def behind(self, other: Row) -> tuple[float, float]:
        """Return how much better another row is, and the standard error, paired by title."""
        pairs = zip(self.titles, other.titles, strict=True)
        found = [theirs.objective - ours.objective for ours, theirs in pairs]
        return fmean(found), stdev(found) / len(found) ** 0.5 if len(found) > 1 else 0.0

    def mean(self, field: str) -> float:
        """Return the mean of a field of `Title` over the titles to which it applies."""
        values = [value for title in self.titles if (value := getattr(title, field)) is not None]
        return fmean(values) if values else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        means = {field: round(self.mean(field), 4) for field in Title._fields}
        objective = round(self.objective, 4)
        return {"sampler": self.sampler.to_dict(), "objective": objective, **means}


def mark(request: Request, prediction: Mapping[str, Any], part: Part = WHOLE) -> Title:
    """Hold one prediction against its gold, as far as the part goes that was asked for."""
    rules = Rules()
    judged = judge(request, dict(prediction), Readers(rules, rules), part)
    gold, written = judged.gold, judged.predicted or NOTHING
    wanted, named = _foods(gold), _foods(written)
    common = len(wanted & named)
    return Title(
        recall=common / max(1, len(wanted)),
        precision=common / max(1, len(named)),
        f1=_f1(common, len(wanted) + len(named)),
        actions=_action_f1(gold, written) if part == WHOLE else None,
        quantity=share(count_quantities(gold, written)) if judged.predicted else 0.0,
        valid=judged.predicted is not None,
        repeated=bool(repeated_foods(written.lines)),
        rewinds=prediction["rewinds"],
        length=len(written.lines) / max(1, len(gold.lines)),
    )


def mark_all(
    sampler: Sampler,
    requests: Sequence[Request],
    predictions: Sequence[Mapping[str, Any]],
    part: Part = WHOLE,
) -> Row:
    """Hold the predictions of one sampler against gold, title by title."""
    pairs = zip(requests, predictions, strict=True)
    return Row(sampler, tuple(mark(*pair, part) for pair in pairs))


def _foods(recipe: Entities) -> set[frozenset[str]]:
    return {core(ingredient.name) for ingredient in recipe.ingredients} - {frozenset()}


def _action_f1(gold: Entities, written: Entities) -> float:
    common = sum((Counter(gold.actions) & Counter(written.actions)).values())
    return _f1(common, len(gold.actions) + len(written.actions))


def _f1(common: int, both: int) -> float:
    """Return 2 · |A ∩ B| / (|A| + |B|)."""
    return 2 * common / both if both else 0.0
