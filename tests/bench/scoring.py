"""Speed of `recipe-eval score` on recipes of the demo corpus: `make bench`, or with --recipes N.

One core, except BERTScore, which takes all; seconds of processor time, so that other programs
disturb them little. Gold is compared with the next recipe of the same corpus.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from machine import machine
from rich.console import Console
from rich.table import Table

from recipe_base.datasets import DataFolder
from recipe_base.files import read_jsonl
from recipe_data.building.build import Options, build
from recipe_data.demo.compose import write_corpus
from recipe_eval.crediting.baseline import credits_of
from recipe_eval.crediting.parts import SCORER, load_scorer, score_parts
from recipe_eval.jsonl_cache import JsonlCache
from recipe_eval.metrics import PROFILES
from recipe_eval.metrics.balanced import balanced_metrics
from recipe_eval.metrics.base import Metric, score_all
from recipe_eval.metrics.bertscore import bertscore_metric
from recipe_eval.reading.corpus import read_corpus
from recipe_eval.reading.entities import Asked, Entities, Rules
from recipe_eval.scoring.diversity import measure_diversity
from recipe_eval.scoring.judging import OK, Judged
from recipe_kitchen.answers import Answer, read_answer

SAMPLES = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipes", type=int, default=1000)
    parser.add_argument("--no-bertscore", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        console = Console()
        console.print(measure(Path(folder), arguments.recipes, not arguments.no_bertscore))
        console.print(machine())


def measure(folder: Path, recipes: int, bertscore: bool) -> Table:
    """Measure extraction, every family of metrics, and the look at all recipes together."""
    write_corpus(folder / "corpus.csv", folder / "gold.jsonl", rows=3 * recipes, seed=5)
    build(folder / "corpus.csv", folder / "data", Options())
    train = folder / "data" / "train.jsonl"
    rows = [row for row in read_jsonl(train, "build") if row["task"] == "recipe"]
    answers = [read_answer(row["messages"][-1]["content"]) for row in rows[: recipes + 1]]
    if len(answers) <= recipes:
        raise SystemExit(f"the corpus gave {len(answers)} recipes only: ask for fewer")
    table = Table("", "", title=f"recipe-eval score, {recipes:,} recipes", show_header=False)
    table.columns[1].justify = "right"

    lines = sum(len(a.ingredients) + len(a.instructions) for a in answers)
    entities, seconds = timed(lambda: read(folder, answers))
    table.add_row("extraction", f"{lines / seconds:,.0f} lines/s")
    entities, seconds = timed(lambda: read(folder, answers))
    table.add_row("entities from the cache", f"{seconds:.2f} s")
    pairs = list(pairwise(entities))
    corpus, seconds = timed(lambda: read_corpus(DataFolder(folder / "data")))
    table.add_row(f"corpus of {corpus.recipes:,} training recipes", f"{seconds:.2f} s")
    for profile, metrics in {**PROFILES, "balanced": balanced_metrics(corpus)}.items():
        score(metrics, pairs[:2])  # loads what a profile needs
        _, seconds = timed(lambda metrics=metrics: score(metrics, pairs))
        each = f"{1000 * seconds / len(pairs):.2f} ms a recipe"
        table.add_row(f"{profile}: {len(metrics)} metrics", each)
    samples, seconds = credited([row["messages"][-1]["content"] for row in rows[: recipes + 1]])
    table.add_row(f"credits, {SAMPLES} samples a title", f"{samples / seconds:,.0f} samples/s")
    judged = [Judged(str(i), "", OK, gold, predicted) for i, (gold, predicted) in enumerate(pairs)]
    _, seconds = timed(lambda: measure_diversity(judged, train))
    table.add_row(f"diversity against {len(rows):,} recipes", f"{seconds:.2f} s")
    if bertscore:
        metric = bertscore_metric()
        score([metric], pairs[:2])
        start = time.perf_counter()
        score([metric], pairs)
        table.add_row("BERTScore, by the clock", f"{time.perf_counter() - start:.1f} s")
    return table


def read(folder: Path, answers: list[Answer]) -> list[Entities]:
    rules = Rules(JsonlCache(folder / "entities.jsonl"))
    return [rules.extract(answer, Asked()) for answer in answers]


def credited(texts: Sequence[str]) -> tuple[int, float]:
    """Credit the recipes that follow each gold as its samples; return how many, and the seconds."""
    scorer, golds = load_scorer(SCORER), range(0, len(texts) - SAMPLES, SAMPLES)

    def work() -> None:
        for gold in golds:
            samples = texts[gold + 1 : gold + 1 + SAMPLES]
            credits_of([score_parts(scorer, text, texts[gold], "") for text in samples])

    _, seconds = timed(work)
    return len(golds) * SAMPLES, seconds


def score(metrics: Sequence[Metric[Any]], pairs: list[tuple[Entities, Entities]]) -> None:
    for metric in metrics:
        if metric.warm:
            metric.warm(pairs)
    for gold, predicted in pairs:
        score_all(metrics, gold, predicted)


T = TypeVar("T")


def timed(work: Callable[[], T]) -> tuple[T, float]:
    start = time.process_time()
    result = work()
    return result, time.process_time() - start


if __name__ == "__main__":
    main()
