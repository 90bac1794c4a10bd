"""Arms against arms on one metric, with what is known of how arms vary between seeds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from recipe_eval.comparing.contrasts import Pair
from recipe_eval.comparing.runs import pair_of
from recipe_study.continuing.arms import Arms
from recipe_study.continuing.scored import Written


def pairs_against(
    arms: Arms, written: Written, metric: str, name: str, others: Sequence[str]
) -> Iterator[Pair]:
    """Yield an arm against others, as far as both are there; seeds are pooled over trained arms."""
    trained = [arm.name for arm in arms.arms if not arm.decodes]
    for other in others:
        if {name, other} <= written.arms.keys():
            between = written.between(metric, trained)
            pair = pair_of(written.arms[name], written.arms[other], metric)
            yield pair._replace(between=between)
