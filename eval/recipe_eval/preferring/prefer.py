"""`recipe-eval prefer`: from K recipes of each training title to pairs for DPO."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

from recipe_base.datasets import TRAIN_FILE
from recipe_base.errors import TopochefError
from recipe_base.files import sha256
from recipe_base.runs import Run
from recipe_eval.metrics.headline import RECIPE_F1
from recipe_eval.preferring.choosing import Guards, Sample, best_and_worst
from recipe_eval.preferring.pairs import preference_row
from recipe_eval.reading.entities import Rules, code_hash
from recipe_eval.sampling.texts import trained_text
from recipe_eval.scoring.judging import Readers, judge
from recipe_kitchen.answers import read_answer
from recipe_kitchen.request import Request

STAGE = "prefer"


class Pair(NamedTuple):
    """The better and the worse recipe of a title."""

    request: Request
    chosen: Sample
    rejected: Sample


def prefer(
    run: Run, data: Path, requests: Sequence[Request], samples: Sequence[Run], guards: Guards
) -> dict[str, Any]:
    """Write `preferences.jsonl` into a run, from the `samples` of its titles; return the facts.

    Args:
        run: Which gets them.
        data: The folder of the training split.
        requests: What was asked.
        samples: Run folders, each with one recipe for every request.
        guards: What a pair keeps to.

    Raises `TopochefError` where no title gives a pair.
    """
    left_out: Counter[str] = Counter()
    pairs = list(_pairs(requests, samples, guards, left_out))
    if not pairs:
        reasons = ", ".join(f"{count} {reason}" for reason, count in left_out.most_common())
        raise TopochefError(
            f"none of {len(requests)} titles gives a pair ({reasons}): draw more --samples, ask "
            "for more titles, draw at a higher --temperature, or lower --gap"
        )
    run.preferences.write(
        preference_row(request, chosen.answer, rejected.answer)
        for request, chosen, rejected in pairs
    )
    facts = {
        "inputs": {
            "train_sha256": sha256(data / TRAIN_FILE),
            "samples_sha256": [sha256(sample.predictions.path) for sample in samples],
            "score": f"{RECIPE_F1.name}|{RECIPE_F1.rule}|entities:rules-{code_hash()}",
            **guards._asdict(),
        },
        "titles": len(requests),
        "pairs": len(pairs),
        "left_out": dict(left_out.most_common()),
        "chosen": round(fmean(pair.chosen.score for pair in pairs), 4),
        "rejected": round(fmean(pair.rejected.score for pair in pairs), 4),
        "longer_lists": round(fmean(map(_more_lines, pairs)), 4),
    }
    run.record(STAGE, facts)
    return facts


def _more_lines(pair: Pair) -> int:
    return len(pair.chosen.answer.ingredients) - len(pair.rejected.answer.ingredients)


def _pairs(
    requests: Sequence[Request], samples: Sequence[Run], guards: Guards, left_out: Counter[str]
) -> Iterator[Pair]:
    """Yield the pairs; count the titles that give none by the reason."""
    from recipe_base.console import progress_bar

    drawn = zip(*(sample.predictions.read() for sample in samples), strict=True)
    with progress_bar("Reading recipes", len(requests)) as advance:
        for request, rows in zip(requests, drawn, strict=True):
            found = best_and_worst(_recipes(request, rows), guards)
            if isinstance(found, str):
                left_out[found] += 1
            else:
                yield Pair(request, *found)
            advance()


def _recipes(request: Request, rows: Sequence[dict[str, Any]]) -> list[Sample]:
    """Return the recipes among the texts of a title.

    What a model is to be taken away from is a worse recipe, not a text that was cut off or of
    which nothing is left without its control tokens.
    """
    rules = Rules()  # of one title, so that memory stays flat
    found = []
    for row in rows:
        judged = judge(request, row, Readers(rules, rules))
        score = RECIPE_F1.score(judged.gold, judged.predicted).value
        if judged.predicted is None or score is None:
            continue
        if (text := trained_text(request, row)) is not None:
            found.append(Sample(read_answer(text), score))
    return found
