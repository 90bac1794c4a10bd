"""The shape of a metric: statistics that add, then a score, then a signature."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from recipe_data.schema import WHOLE, Part
from recipe_eval.reading.entities import NOTHING, Entities

Statistics = TypeVar("Statistics", bound=NamedTuple)
Group = Literal["published", "balanced", "wording", "kitchen"]
"""The ten of the thesis, those that no one-sided answer wins, more ways to compare words, and what
the thesis does not ask."""
MAIN: frozenset[Group] = frozenset({"published", "balanced"})
"""The groups that are shown where there is no room for all."""


class Share(NamedTuple):
    """How many of the items are right."""

    hits: int
    items: int


def share(counts: Share) -> float | None:
    """hits / items; None where there is nothing to be right about.

    >>> share(Share(hits=3, items=4)), share(Share(hits=0, items=0))
    (0.75, None)
    """
    return counts.hits / counts.items if counts.items else None


class Overlap(NamedTuple):
    """Items that both have, and the items of each."""

    hits: int
    predicted: int
    gold: int


def f1(counts: Overlap) -> float | None:
    """2 hits / (predicted + gold), the harmonic mean of precision and recall, within 0–1.

    None where neither has anything; 0 where only one has.

    >>> f1(Overlap(hits=1, predicted=4, gold=2)), f1(Overlap(0, 3, 0)), f1(Overlap(0, 0, 0))
    (0.3333333333333333, 0.0, None)
    """
    items = counts.predicted + counts.gold
    return 2 * counts.hits / items if items else None


def precision(counts: Overlap) -> float | None:
    """hits / predicted; 0 where nothing was predicted of what gold has, None where gold has none.

    >>> precision(Overlap(1, 4, 2)), precision(Overlap(0, 0, 2)), precision(Overlap(0, 0, 0))
    (0.25, 0.0, None)
    """
    return share(Share(counts.hits, precision_items(counts.predicted, counts.gold)))


def recall(counts: Overlap) -> float | None:
    """hits / gold; 0 where something was predicted that gold has none of, None where neither has.

    >>> recall(Overlap(1, 4, 2)), recall(Overlap(0, 2, 0)), recall(Overlap(0, 0, 0))
    (0.5, 0.0, None)
    """
    return share(Share(counts.hits, precision_items(counts.gold, counts.predicted)))


class Score(NamedTuple):
    """One metric of one recipe."""

    value: float | None
    """Within 0–1; None where the metric does not apply to the recipe."""
    statistics: tuple[float, ...]
    """The counts behind it, which can be added over recipes."""


@dataclass(frozen=True)
class Metric(Generic[Statistics]):
    """One number about a generated recipe, given the gold recipe."""

    name: str
    """Key in every file: `ingredient_recall`."""
    title: str
    """Heading in the report: `Ingredient recall`."""
    count: Callable[[Entities, Entities], Statistics]
    """Statistics of (gold, predicted)."""
    value: Callable[[Statistics], float | None]
    """Score of the statistics of one recipe, or of their sum over many."""
    rule: str
    """What makes the number this number; ends up in its signature."""
    lower_is_better: bool = False
    pooled: bool = False
    """Whether the score of the summed statistics is customary too, as for corpus BLEU."""
    group: Group = "published"
    """Where the metric stands in a report."""
    reads: tuple[str, ...] = ()
    """The entities it rests on, as `recipe_data.gold.measure` names their measured quality."""
    part: Part = WHOLE
    """What of an answer it looks at: one of lists says the same of a list without steps."""
    warm: Callable[[Sequence[tuple[Entities, Entities]]], None] | None = None
    """Computes what is cheaper for all recipes at once; called before the first is counted."""

    @property
    def worst(self) -> float:
        """What a failed generation scores."""
        return 1.0 if self.lower_is_better else 0.0

    def score(self, gold: Entities, predicted: Entities | None) -> Score:
        """Score one recipe; `predicted` is None where the generation failed."""
        (one,) = score_all([self], gold, predicted)
        return one

    def pool(self, statistics: Iterable[Statistics]) -> float | None:
        """Score many recipes as if they were one."""
        return self.value(add(statistics))


def score_all(
    metrics: Iterable[Metric[Any]], gold: Entities, predicted: Entities | None
) -> list[Score]:
    """Score one recipe by many metrics; what several are made of is counted once."""
    counted: dict[Callable[[Entities, Entities], Any], Any] = {}
    scores = []
    for metric in metrics:
        if metric.count not in counted:
            counted[metric.count] = metric.count(gold, predicted or NOTHING)
        counts = counted[metric.count]
        scores.append(Score(metric.worst if predicted is None else metric.value(counts), counts))
    return scores


def add(statistics: Iterable[Statistics]) -> Statistics:
    """Sum statistics field by field.

    >>> add([Share(1, 2), Share(3, 4)])
    Share(hits=4, items=6)
    """
    rows = list(statistics)
    return type(rows[0])._make(map(sum, zip(*rows, strict=True)))


def vacuous_share(counts: Share) -> float:
    """hits / items, as the thesis has it: 1 where there is nothing to be right about.

    >>> vacuous_share(Share(hits=0, items=0))
    1.0
    """
    return counts.hits / counts.items if counts.items else 1.0


class Summed(NamedTuple):
    """Values of recipes, summed, where the metric is not made of counts."""

    total: float
    recipes: int


def average(summed: Summed) -> float | None:
    """total / recipes; None where the metric applies to none.

    >>> average(Summed(1.5, 2))
    0.75
    """
    return summed.total / summed.recipes if summed.recipes else None


def precision_items(predicted: int, gold: int) -> int:
    """Denominator of a precision: the predicted items, and at least one if gold has any.

    So a recipe that predicts nothing where there was something to predict scores 0, and one
    that rightly predicts nothing has no score instead of a vacuous 1.

    >>> precision_items(predicted=3, gold=5), precision_items(0, 5), precision_items(0, 0)
    (3, 1, 0)
    """
    return predicted or min(gold, 1)
