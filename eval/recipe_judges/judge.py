"""`recipe-eval judge`: a language model's verdicts on a run, alone or against another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.datasets import TEST_FILE
from recipe_base.errors import TopochefError
from recipe_base.files import (
    is_done,
    read_jsonl,
    read_manifest,
    sha256,
    update_manifest,
    write_jsonl,
)
from recipe_base.runs import Run
from recipe_data.endpoints import Endpoint
from recipe_eval.generating.requests import read_requests
from recipe_judges import pairwise, pointwise
from recipe_judges.asking import Question, Ruling, ask_all, open_judge
from recipe_judges.candidates import Candidate, candidates, drawn
from recipe_judges.pairwise import Pair
from recipe_judges.prompts import PROMPT_VERSION


class Options(NamedTuple):
    """How a judge is asked."""

    endpoint: str
    """`ollama:NAME` or `openai:MODEL@URL`."""
    titles: int | None = None
    """How many, drawn by seed; None asks about all."""
    seed: int = 0
    at_once: int = 1


class Verdicts(NamedTuple):
    """What a judge said of a run."""

    path: Path
    summary: dict[str, Any]
    judge: str
    """`engine:model`."""


def judge_run(run: Path, data: Path, options: Options) -> Verdicts:
    """Judge every recipe of a run by every criterion; write `run/judgements.jsonl`.

    Raises `TopochefError` if the run has no predictions of this data, if the file holds another
    judge's verdicts, or if the server does not answer; then the same command goes on.
    """
    (some,) = _chosen((run,), data, options)
    asked = pointwise.questions(some)

    def rows(rulings: Iterator[Ruling]) -> Iterator[dict[str, Any]]:
        return pointwise.judgements(some, rulings)

    job = _Job(run, "judge", Run(run).judgements().path, asked, rows, pointwise.summary)
    return _finish(job, _inputs((run,), data, options), options)


def judge_pair(run: Path, other: Path, data: Path, options: Options) -> Verdicts:
    """Judge a run against another, in both orders; write `run/judgements-against-OTHER.jsonl`.

    Raises `TopochefError` as `judge_run` does.
    """
    pairs = pairs_of(run, other, data, options)
    asked = pairwise.questions(pairs)

    def rows(rulings: Iterator[Ruling]) -> Iterator[dict[str, Any]]:
        return pairwise.judgements(pairs, rulings)

    name = Run(other).name
    path = Run(run).judgements(against=name).path
    job = _Job(run, f"judge-against-{name}", path, asked, rows, pairwise.summary)
    return _finish(job, _inputs((run, other), data, options), options)


def pairs_of(run: Path, other: Path, data: Path, options: Options) -> list[Pair]:
    """Return what two runs wrote for the chosen titles, in the order of the test split."""
    return list(zip(*_chosen((run, other), data, options), strict=True))


class _Job(NamedTuple):
    run: Path
    stage: str
    path: Path
    questions: Sequence[Question]
    rows: Callable[[Iterator[Ruling]], Iterator[dict[str, Any]]]
    """From rulings to the rows of the file."""
    summary: Callable[[Sequence[dict[str, Any]]], dict[str, Any]]


def _chosen(runs: Sequence[Path], data: Path, options: Options) -> list[list[Candidate]]:
    requests = read_requests(data)
    wanted = drawn(requests, options.titles, options.seed)
    return [[one for one in candidates(run, requests) if one.request.id in wanted] for run in runs]


def _inputs(runs: Sequence[Path], data: Path, options: Options) -> dict[str, Any]:
    predictions = [sha256(Run(run).predictions.path) for run in runs]
    return {
        "predictions": predictions,
        "test_sha256": sha256(data / TEST_FILE),
        "prompt": PROMPT_VERSION,
        "titles": options.titles,
        "seed": options.seed,
    }


def _finish(job: _Job, inputs: dict[str, Any], options: Options) -> Verdicts:
    judge = open_judge(options.endpoint, job.run, job.questions)
    facts = judge.facts()
    name = f"{facts['engine']}:{facts['model']}"
    inputs = {**inputs, "judge": name}
    if not _is_judged(job, inputs):
        _ask(job, judge, inputs, options)
    recorded = read_manifest(job.run)[job.stage]
    return Verdicts(job.path, recorded["summary"], name)


def _is_judged(job: _Job, inputs: dict[str, Any]) -> bool:
    if not job.path.is_file():
        return False
    try:
        return is_done(job.run, job.stage, inputs)
    except TopochefError as error:
        raise TopochefError(
            f"{job.path} holds other verdicts: move it away or delete it ({error})"
        ) from error


def _ask(job: _Job, judge: Endpoint, inputs: dict[str, Any], options: Options) -> None:
    rulings = ask_all(judge, job.questions, options.seed, options.at_once)
    rows = list(job.rows(rulings))
    summary = job.summary(rows)
    update_manifest(
        job.run, job.stage, {"inputs": inputs, "summary": summary, "asked": len(job.questions)}
    )
    write_jsonl(job.path, rows)


def read_judgements(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a file of verdicts."""
    return list(read_jsonl(path, "recipe-eval judge"))
