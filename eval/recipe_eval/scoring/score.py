"""`recipe-eval score`: predictions against gold, recipe by recipe, metric by metric."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.datasets import DataFolder
from recipe_base.errors import TopochefError
from recipe_base.files import sha256
from recipe_base.runs import STRICT, Run, of_profile
from recipe_data.sampling import Sampler
from recipe_data.schema import WHOLE
from recipe_eval.generating.predictions import asked_of, read_predictions
from recipe_eval.generating.requests import read_requests
from recipe_eval.jsonl_cache import JsonlCache
from recipe_eval.metrics import PROFILES
from recipe_eval.metrics.balanced import balanced_metrics
from recipe_eval.metrics.base import Metric, Score, score_all
from recipe_eval.metrics.models import MINILM
from recipe_eval.reading.corpus import read_corpus
from recipe_eval.reading.entities import Extractor, Rules, code_hash
from recipe_eval.reading.quality import Measured, measure_rules
from recipe_eval.scoring.diversity import measure_diversity
from recipe_eval.scoring.judging import Judged, Readers, failures, judge_all
from recipe_eval.statistics.means import BOOTSTRAP, mean_of

STAGE = "score"


class Options(NamedTuple):
    """How to score."""

    profile: str = STRICT
    bertscore: str | None = None
    """Its model, as `recipe_eval.metrics.models` names them; None leaves it out, `balanced` too."""
    embedding: str = MINILM
    """The model that compares actions in the `thesis` profile."""
    endpoint: str | None = None
    """The language model that finds the entities; None for the rules."""
    gold_sets: Path | None = None
    """A folder of hand-labelled recipes that the rules are measured on."""


def score(run: Path, data: Path, options: Options = Options()) -> dict[str, Any]:  # noqa: B008  immutable
    """Write entities, scores and their summary into `run`; return the summary.

    The references are the rows that `generate` was asked for, lists without steps by the metrics
    of lists. Raises `TopochefError` if the run is not whole; see `read_predictions`. The same
    predictions always give the same bytes, so scoring
    again is harmless, and a killed command finds what it had read and embedded in the folders
    `.cache` of run and data.
    """
    folder, source = Run(run), DataFolder(data)
    decoder = asked_of(folder)
    part = decoder.get("part", WHOLE)
    requests = read_requests(data, decoder.get("limit"))
    made_by = f"{folder.predictions.made_by} --data {data}"
    predictions = read_predictions(folder, requests, made_by)
    readers = _readers(options, folder, source)
    judged = list(judge_all(requests, predictions, readers, part))
    metrics = _metrics(options, source, folder.cache)
    if part != WHOLE:
        metrics = tuple(metric for metric in metrics if metric.part == part)
    scores = _score_all(metrics, judged)
    quality = _quality(options, source)
    worth = {name: one.value for name, one in (quality or {}).items()}
    context = _context(options.profile, readers.predicted.name, decoder)
    summary = {
        "run": run.name,
        "profile": options.profile,
        "recipes": len(judged),
        "failures": failures(judged),
        "entities": _entities(readers.predicted, quality),
        "diversity": measure_diversity(judged, source.train.path),
        "metrics": {
            metric.name: {
                **_summarise(metric, [row[i] for row in scores], context),
                "gold": _mean_of_gold(metric, judged),
                "rests_on": {name: worth.get(name) for name in metric.reads},
            }
            for i, metric in enumerate(metrics)
        },
    }
    folder.entities.write(row.to_dict() for row in judged)
    folder.scores(options.profile).write(_score_rows(judged, metrics, scores))
    folder.summary(options.profile).write(summary)
    inputs = {
        "predictions_sha256": sha256(folder.predictions.path),
        "test_sha256": sha256(source.test.path),
        **options._asdict(),
        "gold_sets": quality is not None,
    }
    folder.record(of_profile(STAGE, options.profile), {"inputs": inputs, "recipes": len(judged)})
    return summary


def read_summary(run: Path, profile: str = STRICT) -> dict[str, Any]:
    """Return what `score` wrote.

    Raises `TopochefError` if the run is not scored by the profile, or was generated anew since.
    """
    folder = Run(run)
    summary, predictions = folder.summary(profile), folder.predictions
    inputs = folder.manifest.get(of_profile(STAGE, profile), {}).get("inputs", {})
    if predictions.there() and inputs.get("predictions_sha256") != sha256(predictions.path):
        raise TopochefError(
            f"{run} has no scores of its predictions: run `{summary.made_by}` first"
        )
    return summary.read()


def read_scores(run: Path, profile: str = STRICT) -> dict[str, dict[str, float | None]]:
    """Return the value of every metric and recipe: {metric: {id: value}}."""
    values: dict[str, dict[str, float | None]] = {}
    for row in Run(run).scores(profile).read():
        values.setdefault(row["metric"], {})[row["id"]] = row["value"]
    return values


def read_judged(run: Path) -> dict[str, Judged]:
    """Return the entities of every recipe of a scored run, by id."""
    return {row["id"]: Judged.from_dict(row) for row in Run(run).entities.read()}


def _readers(options: Options, run: Run, data: DataFolder) -> Readers:
    """Return what reads gold and predictions; what was read of gold serves all runs."""
    if options.endpoint:
        from recipe_eval.reading.ner import model_extractor

        model = model_extractor(options.endpoint, data.cache / "entities.sqlite")
        return Readers(model, model)
    name = f"entities-{code_hash()}.jsonl"
    return Readers(*(Rules(JsonlCache(cache / name)) for cache in (data.cache, run.cache)))


def _metrics(options: Options, data: DataFolder, cache: Path) -> tuple[Metric[Any], ...]:
    metrics = PROFILES[options.profile]
    if options.profile == "balanced":
        metrics = balanced_metrics(read_corpus(data))
    if options.profile == "thesis" and options.embedding != MINILM:
        from recipe_eval.metrics.thesis import thesis_metrics

        metrics = thesis_metrics(options.embedding)
    if options.bertscore is None or options.profile == "balanced":
        return metrics
    from recipe_eval.metrics.bertscore import bertscore_metric

    return *metrics, bertscore_metric(options.bertscore, cache)


def _score_all(metrics: Sequence[Metric[Any]], judged: Sequence[Judged]) -> list[list[Score]]:
    """Return the scores of every recipe, in the order of the metrics."""
    pairs = [(row.gold, row.predicted) for row in judged if row.predicted]
    for metric in metrics:
        if metric.warm:
            metric.warm(pairs)
    return [score_all(metrics, row.gold, row.predicted) for row in judged]


def _quality(options: Options, data: DataFolder) -> dict[str, Measured] | None:
    """Return how well the rules read, where they are what reads and can be measured."""
    if options.gold_sets is None or options.endpoint:
        return None
    return measure_rules(options.gold_sets, JsonlCache(data.cache / "quality.jsonl"))


def _entities(extractor: Extractor, quality: dict[str, Measured] | None) -> dict[str, Any]:
    """Return what found the entities, and what that is worth."""
    return {
        "extractor": extractor.name,
        "quality": quality and {name: one._asdict() for name, one in quality.items()},
        "agreement_with_rules": extractor.agreement(),
    }


def _score_rows(
    judged: Sequence[Judged], metrics: Sequence[Metric[Any]], scores: Sequence[Sequence[Score]]
) -> Iterator[dict[str, Any]]:
    for row, row_scores in zip(judged, scores, strict=True):
        for metric, one in zip(metrics, row_scores, strict=True):
            yield {"id": row.id, "metric": metric.name, **one._asdict()}


def _context(profile: str, extractor: str, decoder: dict[str, Any]) -> str:
    """Return the part of a signature that all metrics of a run share."""
    from importlib.metadata import version

    decoding = "unknown"
    if "floor" in decoder:
        decoding = f"none-{decoder['floor']}"
    elif decoder:
        decoding = (
            f"{Sampler.from_dict(decoder)}-max{decoder['max_tokens']}-seed{decoder['seed']}"
            f"-tries{decoder.get('tries', 1)}"
        )
        decoding += "".join(f"-{decoder[key]}" for key in ("choose", "part") if key in decoder)
        decoding += "-without_neighbours" if decoder.get("without_neighbours") else ""
    return (
        f"profile:{profile}|entities:{extractor}|decoder:{decoding}|{BOOTSTRAP}"
        f"|v:{version('topochef')}"
    )


def _summarise(metric: Metric[Any], scores: Sequence[Score], context: str) -> dict[str, Any]:
    mean = mean_of([one.value for one in scores if one.value is not None])
    return {
        "title": metric.title,
        "group": metric.group,
        "lower_is_better": metric.lower_is_better,
        "mean": mean and mean.mean,
        "sd": mean and mean.sd,
        "n": mean.n if mean else 0,
        "low": mean and mean.low,
        "high": mean and mean.high,
        "pooled": metric.pool(one.statistics for one in scores) if metric.pooled else None,
        "signature": f"{metric.name}|{metric.rule}|n:{mean.n if mean else 0}|{context}",
    }


def _mean_of_gold(metric: Metric[Any], judged: Sequence[Judged]) -> float | None:
    """Return what gold itself scores, where that is not the best there is by definition."""
    if metric.group != "kitchen":
        return None
    values = [metric.score(row.gold, row.gold).value for row in judged]
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
