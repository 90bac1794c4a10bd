"""Verdicts as preference pairs, which Axolotl reads for DPO."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from recipe_eval.preferring.pairs import preference_row
from recipe_judges.pairwise import Pair


def preference_rows(
    pairs: Iterable[Pair], judgements: Iterable[Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Yield a `preference_row` where a judge preferred one recipe in both orders.

    Ties are left out, and so are failed generations: no judge has read them.
    """
    for (ours, theirs), row in zip(pairs, judgements, strict=True):
        if not row["asked"] or row["winner"] not in ("ours", "theirs"):
            continue
        assert ours.recipe is not None
        assert theirs.recipe is not None
        ranked = (ours.recipe, theirs.recipe)
        chosen, rejected = ranked if row["winner"] == "ours" else reversed(ranked)
        yield preference_row(ours.request, chosen, rejected)
