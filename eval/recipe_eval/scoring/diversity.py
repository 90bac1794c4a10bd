"""Does a model cook different dishes, and its own? One look at all of its recipes together."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from recipe_base.files import read_jsonl
from recipe_eval.reading.entities import Entities
from recipe_eval.reading.names import core
from recipe_eval.scoring.judging import Judged
from recipe_eval.scoring.longest_match import Passages
from recipe_kitchen.answers import Answer

COPIED_SHARE = 0.5
_WORD = re.compile(r"\w+")


def measure_diversity(judged: Sequence[Judged], train: Path) -> dict[str, Any]:
    """Count distinct recipes, and those whose longest run of words stands in a training recipe.

    A recipe is copied if one run of words, found unbroken in one recipe of `train`, makes up half
    of it or more. Gold is measured in the same way: what the test split itself has in common with
    the training split is no fault of a model.
    """
    answers = [row.predicted for row in judged if row.predicted]
    return {
        "recipes": len(answers),
        "distinct_recipes": len({answer.text for answer in answers}),
        "distinct_ingredient_lists": len({_listed(answer) for answer in answers}),
        "distinct_action_sequences": len({answer.actions for answer in answers}),
        **_copying(judged, train),
        "signature": f"copied:longest-run>={COPIED_SHARE:g}-of-words|words:lower-case"
        "|lists:cores-of-names",
    }


def _listed(answer: Entities) -> frozenset[frozenset[str]]:
    return frozenset(core(ingredient.name) for ingredient in answer.ingredients)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _copying(judged: Sequence[Judged], train: Path) -> dict[str, Any]:
    if not train.is_file():
        return {"copied": None, "longest_match": None, "gold_longest_match": None}
    texts = {("predicted", row.id): _words(row.predicted.text) for row in judged if row.predicted}
    texts |= {("gold", row.id): _words(row.gold.text) for row in judged}
    runs = Passages(texts).longest_in(_training_recipes(train))

    def share(key: tuple[str, str]) -> float:
        return runs[key].words / (len(texts[key]) or 1)

    def mean(kind: str) -> float | None:
        shares = [share(key) for key in texts if key[0] == kind]
        return sum(shares) / len(shares) if shares else None

    copied = [
        {"id": key[1], "from": runs[key].source, "share": round(share(key), 4)}
        for key in texts
        if key[0] == "predicted" and share(key) >= COPIED_SHARE
    ]
    return {
        "copied": copied,
        "longest_match": mean("predicted"),
        "gold_longest_match": mean("gold"),
    }


def _training_recipes(train: Path) -> Iterator[tuple[str, Iterable[str]]]:
    """Yield id and words of every training row whose answer is a recipe."""
    for row in read_jsonl(train, "recipe-data build"):
        if row["task"] == "recipe":
            answer = json.loads(row["messages"][-1]["content"])
            lists = (tuple(answer.get(key, ())) for key in Answer._fields)
            yield row["id"], _words(Answer(*lists).text)
