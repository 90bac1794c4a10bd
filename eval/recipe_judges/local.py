"""Two judges without a server: which recipe is nearer to gold, and which has fewer warnings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from recipe_base.runs import Run
from recipe_judges.pairwise import Pair, Winner

SIMILARITY, WARNINGS, MODEL = "similarity", "checker", "model"
_ADVICE = "the judges see different things: call a recipe better only where they agree"

Verdicts = dict[str, Winner | None]
"""By title; None where a judge gave none."""


class Crossed(NamedTuple):
    """What each judge says of the titles for which both runs wrote a recipe, and not the same."""

    titles: int
    decided: int
    """Without a judge: a generation failed, or both recipes are equal."""
    by_judge: dict[str, Verdicts]


def cross_check(run: Path, other: Path, pairs: Sequence[Pair]) -> Crossed:
    """Judge pairs by the packaged MiniLM and by the checker, beside a language model's verdicts.

    Nearer to gold: the higher cosine of the embeddings of the whole text and gold's, to six digits
    (MiniLM reads its first 256 tokens). Fewer warnings: of `recipe_data.check.check_recipe`. The
    language model's are those that `judge run other --endpoint` wrote, where it did.
    """
    from recipe_judges.judge import read_judgements

    read = [(ours, theirs) for ours, theirs in pairs if ours.recipe and theirs.recipe]
    some = [(ours, theirs) for ours, theirs in read if ours.recipe != theirs.recipe]
    judges = {SIMILARITY: _by_similarity(some), WARNINGS: _by_warnings(some)}
    path = Run(run).judgements(against=Run(other).name).path
    if path.is_file():
        said = {row["id"]: row["winner"] for row in read_judgements(path)}
        judges[MODEL] = {ours.request.id: said.get(ours.request.id) for ours, _ in some}
    return Crossed(len(pairs), len(pairs) - len(some), judges)


def better(ours: float, theirs: float) -> Winner:
    """Return who has more; the same is a tie.

    >>> better(0.5, 0.25), better(-2, -1), better(1, 1)
    ('ours', 'theirs', 'tie')
    """
    return "tie" if ours == theirs else "ours" if ours > theirs else "theirs"


def _by_similarity(pairs: Sequence[Pair]) -> Verdicts:
    from recipe_eval.metrics.models import ActionVectors
    from recipe_kitchen.answers import read_answer

    texts = {
        ours.request.id: [
            recipe.text
            for recipe in (read_answer(ours.request.gold), ours.recipe, theirs.recipe)
            if recipe
        ]
        for ours, theirs in pairs
    }
    vectors = ActionVectors()
    vectors.learn([text for three in texts.values() for text in three])
    return {
        name: better(vectors.cosine(gold, ours), vectors.cosine(gold, theirs))
        for name, (gold, ours, theirs) in texts.items()
    }


def _by_warnings(pairs: Sequence[Pair]) -> Verdicts:
    from recipe_data.check import check_recipe
    from recipe_kitchen.answers import as_recipe

    found: Verdicts = {}
    for pair in pairs:
        request = pair[0].request
        ours, theirs = (
            len(check_recipe(as_recipe(request.title, request.servings, one.recipe)))
            for one in pair
            if one.recipe
        )
        found[request.id] = better(-ours, -theirs)
    return found


def show_crossed(run: str, other: str, crossed: Crossed) -> None:
    """Print what each judge says, and how far they agree by chance-corrected coefficients."""
    print(f"{run} against {other}: {crossed.titles} titles, {crossed.decided} of them decided")
    print("without a judge (failed or equal recipes)")
    for name, verdicts in crossed.by_judge.items():
        won, tied, lost = ([*verdicts.values()].count(one) for one in ("ours", "tie", "theirs"))
        print(f"  {name}: {won} won, {tied} tied, {lost} lost of {won + tied + lost}")
    if any(crossed.by_judge.values()):
        _show_agreement(crossed.by_judge)


def _show_agreement(by_judge: Mapping[str, Verdicts]) -> None:
    import numpy as np

    from recipe_judges.agree_table import show_agreement
    from recipe_judges.agreement import agreement
    from recipe_judges.ratings import Ratings

    items = tuple(next(iter(by_judge.values())))
    values = ("ours", "theirs", "tie")
    codes = [
        [values.index(one) if (one := verdicts[item]) else -1 for verdicts in by_judge.values()]
        for item in items
    ]
    ratings = Ratings("better recipe", items, tuple(by_judge), values, np.array(codes))
    show_agreement([agreement(ratings)], _ADVICE)
