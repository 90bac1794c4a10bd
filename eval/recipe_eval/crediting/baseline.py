"""From scores to credits: how much better a part is than those of the title's other samples."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from statistics import fmean

from recipe_eval.crediting.parts import Part

DIGITS = 6


def credits_of(samples: Sequence[Sequence[Part]]) -> list[list[float | None]]:
    """Return the credit of every part of the samples of one title.

    credit = score − b, b the mean over the title's *other* samples that have parts of its kind of
    the mean score of these. Leave one out: b does not depend on what it is subtracted from, so
    that the gradient stays unbiased. By kind: a step is compared with steps. Hence the mean credits
    of the samples add up to 0, kind by kind. None where no other sample has a part of the kind.
    Source: Kool et al., "Buy 4 REINFORCE samples, get a baseline for free" (2019).

    >>> one, two = [Part(0, 4, 1.0), Part(4, 8, 0.0)], [Part(0, 4, 0.0)]
    >>> credits_of([one, two, two])
    [[1.0, 0.0], [-0.25], [-0.25]]
    """
    means = [_means(parts) for parts in samples]
    found: list[list[float | None]] = []
    for place, parts in enumerate(samples):
        others = means[:place] + means[place + 1 :]
        baseline = {
            kind: fmean(other[kind] for other in others if kind in other)
            for kind in means[place]
            if any(kind in other for other in others)
        }
        found.append(
            [
                # Plus 0.0: there is no credit of minus nothing.
                round(part.score - baseline[part.kind], DIGITS) + 0.0
                if part.kind in baseline
                else None
                for part in parts
            ]
        )
    return found


def _means(parts: Sequence[Part]) -> dict[str, float]:
    scores: defaultdict[str, list[float]] = defaultdict(list)
    for part in parts:
        scores[part.kind].append(part.score)
    return {kind: fmean(values) for kind, values in scores.items()}
