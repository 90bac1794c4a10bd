"""`recipe-eval score`: predictions against gold, recipe by recipe, metric by metric."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from recipe_data.errors import TopochefError
from recipe_data.files import (
    read_jsonl,
    read_manifest,
    sha256,
    to_json,
    update_manifest,
    write_jsonl,
    write_text,
)
from recipe_eval import generate
from recipe_eval.entities import EXTRACTOR
from recipe_eval.judging import Judged, failures, judge_all, read_predictions
from recipe_eval.metrics import PROFILES
from recipe_eval.metrics.base import Metric, Score
from recipe_eval.requests import TEST_FILE, read_requests
from recipe_eval.statistics import BOOTSTRAP, mean_of

STAGE = "score"
COMMAND = "recipe-eval score"


def score(run: Path, data: Path, profile: str = "strict") -> dict[str, Any]:
    """Write `entities.jsonl`, `scores.jsonl` and `summary.json` into `run`; return the summary.

    The references are the rows that `generate` was asked for; those without a prediction are
    scored as failures. Raises `TopochefError` if a prediction belongs to none of them. The same
    predictions always give the same bytes, so scoring again is harmless.
    """
    decoder = read_manifest(run).get(generate.STAGE, {}).get("inputs", {})
    requests = read_requests(data, decoder.get("limit"))
    path = run / "predictions.jsonl"
    made_by = f"{generate.COMMAND} {run} --data {data}"
    judged = list(judge_all(requests, read_predictions(path, requests, made_by)))
    metrics = PROFILES[profile]
    scores = [[metric.score(row.gold, row.predicted) for metric in metrics] for row in judged]
    context = _context(profile, decoder)
    summary = {
        "run": run.name,
        "profile": profile,
        "recipes": len(judged),
        "failures": failures(judged),
        "metrics": {
            metric.name: _summarise(metric, [row[i] for row in scores], context)
            for i, metric in enumerate(metrics)
        },
    }
    write_jsonl(run / "entities.jsonl", (row.to_dict() for row in judged))
    write_jsonl(run / "scores.jsonl", _score_rows(judged, metrics, scores))
    write_text(run / "summary.json", to_json(summary) + "\n")
    inputs = {
        "predictions_sha256": sha256(path),
        "test_sha256": sha256(data / TEST_FILE),
        "profile": profile,
    }
    update_manifest(run, STAGE, {"inputs": inputs, "recipes": len(judged)})
    return summary


def read_summary(run: Path) -> dict[str, Any]:
    """Return what `score` wrote.

    Raises `TopochefError` if the run is not scored, or was generated anew since.
    """
    inputs = read_manifest(run).get(STAGE, {}).get("inputs", {})
    predictions = run / "predictions.jsonl"
    if predictions.is_file() and inputs.get("predictions_sha256") != sha256(predictions):
        raise TopochefError(f"{run} has no scores of its predictions: run `{COMMAND} {run}` first")
    return next(read_jsonl(run / "summary.json", f"{COMMAND} {run}"))


def read_scores(run: Path) -> dict[str, dict[str, float | None]]:
    """Return the value of every metric and recipe: {metric: {id: value}}."""
    values: dict[str, dict[str, float | None]] = {}
    for row in read_jsonl(run / "scores.jsonl", f"{COMMAND} {run}"):
        values.setdefault(row["metric"], {})[row["id"]] = row["value"]
    return values


def read_judged(run: Path) -> dict[str, Judged]:
    """Return the entities of every recipe of a scored run, by id."""
    rows = read_jsonl(run / "entities.jsonl", f"{COMMAND} {run}")
    return {row["id"]: Judged.from_dict(row) for row in rows}


def _score_rows(
    judged: Sequence[Judged], metrics: Sequence[Metric[Any]], scores: Sequence[Sequence[Score]]
) -> Iterator[dict[str, Any]]:
    for row, row_scores in zip(judged, scores, strict=True):
        for metric, one in zip(metrics, row_scores, strict=True):
            yield {"id": row.id, "metric": metric.name, **one._asdict()}


def _context(profile: str, decoder: dict[str, Any]) -> str:
    """Return the part of a signature that all metrics of a run share."""
    from importlib.metadata import version

    decoding = "unknown"
    if decoder:
        decoding = f"T{decoder['temperature']:g}-max{decoder['max_tokens']}-seed{decoder['seed']}"
    return (
        f"profile:{profile}|entities:{EXTRACTOR}|decoder:{decoding}|{BOOTSTRAP}"
        f"|v:{version('topochef')}"
    )


def _summarise(metric: Metric[Any], scores: Sequence[Score], context: str) -> dict[str, Any]:
    mean = mean_of([one.value for one in scores if one.value is not None])
    return {
        "title": metric.title,
        "lower_is_better": metric.lower_is_better,
        "mean": mean and mean.mean,
        "sd": mean and mean.sd,
        "n": mean.n if mean else 0,
        "low": mean and mean.low,
        "high": mean and mean.high,
        "pooled": metric.pool(one.statistics for one in scores) if metric.pooled else None,
        "signature": f"{metric.name}|{metric.rule}|n:{mean.n if mean else 0}|{context}",
    }
