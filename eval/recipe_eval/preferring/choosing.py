"""Which two of several recipes for a title teach a preference: far apart in score, near in length.

Without the guard on lengths the longer of two recipes is often the better one, and a model that is
taught so writes longer ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Literal, NamedTuple

from recipe_kitchen.answers import Answer

_SLACK = 1e-9  # 0.55 − 0.4 is not quite 0.15

LeftOut = Literal["fewer than two recipes", "too alike in score", "too unlike in length"]


class Sample(NamedTuple):
    """A recipe that was drawn, and what it is worth."""

    answer: Answer
    score: float
    """The headline metric against gold, 0-1."""


class Guards(NamedTuple):
    """What a pair must keep to."""

    gap: float = 0.15
    """The chosen one's score is higher by at least so much."""
    lines: int = 2
    """Neither their lists nor their steps differ by more lines."""

    def near(self, one: Answer, other: Answer) -> bool:
        """Tell whether two recipes are of like lengths.

        >>> two, five = (Answer(("salt",) * count, ("Boil.",)) for count in (2, 5))
        >>> Guards(lines=3).near(two, five), Guards(lines=2).near(two, five)
        (True, False)
        """
        pairs = zip(one, other, strict=True)
        return all(abs(len(ours) - len(theirs)) <= self.lines for ours, theirs in pairs)


def best_and_worst(samples: Sequence[Sample], guards: Guards) -> tuple[Sample, Sample] | LeftOut:
    """Return the two that are furthest apart in score among those of like lengths, best first.

    Of equal pairs the first; in words why, where no two keep to the guards.

    >>> short, long = Answer(("rice",), ("Boil.",)), Answer(("rice",) * 9, ("Boil.",))
    >>> samples = [Sample(short, 0.2), Sample(long, 0.9), Sample(short, 0.6)]
    >>> [sample.score for sample in best_and_worst(samples, Guards())]
    [0.6, 0.2]
    >>> best_and_worst(samples[:2], Guards()), best_and_worst(samples, Guards(gap=0.8))
    ('too unlike in length', 'too alike in score')
    """
    if len(samples) < 2:
        return "fewer than two recipes"
    apart = [
        pair
        for pair in permutations(samples, 2)
        if pair[0].score - pair[1].score >= guards.gap - _SLACK
    ]
    near = [pair for pair in apart if guards.near(pair[0].answer, pair[1].answer)]
    if not near:
        return "too unlike in length" if apart else "too alike in score"
    return max(near, key=lambda pair: pair[0].score - pair[1].score)
