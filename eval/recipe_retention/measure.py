"""`recipe-eval retention`: both models answer and read the same; nothing is measured twice."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.errors import TopochefError
from recipe_base.files import fingerprint, is_done, to_json, write_text
from recipe_base.runs import Run
from recipe_retention import tasks
from recipe_retention.models import Model, Sides
from recipe_retention.perplexity import WINDOW_TOKENS, Surprise, surprise
from recipe_retention.tasks import Benchmark
from recipe_retention.texts import Reading, Texts, compare
from recipe_retention.verdicts import Overall, Retention, overall, retention

STAGE = "retention"


class Found(NamedTuple):
    """What tuning cost."""

    benchmarks: list[Retention]
    overall: Overall | None
    """None where nothing was asked."""
    readings: list[Reading]

    @property
    def failed(self) -> bool:
        """Whether any benchmark, or all together, lost too much."""
        changes = [one.change for one in (*self.benchmarks, self.overall) if one]
        return any(change.verdict == "failure" for change in changes)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "tasks": {one.name: one.to_dict() for one in self.benchmarks},
            "overall": self.overall.to_dict() if self.overall else None,
            "texts": {one.kind: one.to_dict() for one in self.readings},
        }


class _Piece(NamedTuple):
    """One thing that a model is asked to do."""

    name: str
    inputs: dict[str, Any]
    do: Callable[[Any], Any]
    """From a loaded model to a JSON value."""


def measure(
    run: Path,
    sides: Sides,
    benchmarks: Sequence[Benchmark],
    texts: Sequence[Texts],
    batch: int,
) -> Found:
    """Measure both models of a run, write `run/retention.json`, and record it in the manifest.

    What each model answered lies in `.cache` beside the run folders, named by its content: a
    killed command goes on after the last finished task, and runs of one base measure it once.
    Raises `TopochefError` if the run folder holds the result of other models.
    """
    models = {name: model.content for name, model in sides._asdict().items()}
    _refuse_others(run, models)
    pieces = [*_questions(benchmarks, batch), *_readings(texts)]
    cache = Run(run.parent).cache / STAGE
    base, tuned = (_results(model, pieces, cache, batch) for model in sides)
    found = [
        retention(
            one.name,
            one.leaves[0].metric,
            *({leaf.name: side[leaf.name] for leaf in one.leaves} for side in (base, tuned)),
        )
        for one in benchmarks
    ]
    readings = [
        compare(one, *([Surprise(*row) for row in side[_text_name(one)]] for side in (base, tuned)))
        for one in texts
    ]
    result = Found(found, overall(found) if found else None, readings)
    facts = {
        "inputs": models,
        "models": {name: model.name for name, model in sides._asdict().items()},
        "pieces": [piece.inputs for piece in pieces],
        "numbers": _numbers(),
        "batch": batch,
        "failed": result.failed,
    }
    Run(run).record(STAGE, facts)
    Run(run).retention.write(result.to_dict())
    return result


def _refuse_others(run: Path, models: dict[str, str]) -> None:
    path = Run(run).retention.path
    if not path.is_file():
        return
    try:
        known = is_done(run, STAGE, models)
    except TopochefError as error:
        raise TopochefError(
            f"{path} is of other models: delete it to measure these ({error})"
        ) from error
    if not known:
        raise TopochefError(f"{path} is there, but not in the manifest: delete it")


def _questions(benchmarks: Sequence[Benchmark], batch: int) -> Iterator[_Piece]:
    for benchmark in benchmarks:
        for leaf in benchmark.leaves:
            inputs = {**leaf.inputs, "batch": batch}
            yield _Piece(leaf.name, inputs, partial(tasks.answer, leaf=leaf))


def _readings(texts: Sequence[Texts]) -> Iterator[_Piece]:
    for one in texts:
        inputs = {"kind": one.kind, **one.inputs, "window": WINDOW_TOKENS}
        yield _Piece(_text_name(one), inputs, partial(_read, texts=one))


def _text_name(texts: Texts) -> str:
    return f"text {texts.kind}"


def _read(lm: Any, texts: Texts) -> list[Surprise]:
    from recipe_base.console import progress_bar

    read = []
    with progress_bar(f"Reading {texts.source}", len(texts.texts)) as advance:
        for text in texts.texts:
            read.append(surprise(lm, text))
            advance()
    return read


def _results(model: Model, pieces: Sequence[_Piece], cache: Path, batch: int) -> dict[str, Any]:
    """Return what a model makes of each piece; it is loaded only where one is not known."""
    paths = {}
    for piece in pieces:
        inputs = {**piece.inputs, "model": model.content, "numbers": _numbers()}
        paths[piece.name] = cache / f"{fingerprint(inputs)[:24]}.json"
    lm = None
    for piece in pieces:
        path = paths[piece.name]
        if not path.is_file():
            lm = lm or _load(model, batch)
            write_text(path, to_json(piece.do(lm)) + "\n")
    del lm
    gc.collect()
    return {name: _remembered(path) for name, path in paths.items()}


def _remembered(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise TopochefError(f"{path} is not JSON ({error}): delete it") from error


def _numbers() -> str:
    """Return how weights are held: as stored on a GPU, in float32 on a processor."""
    import torch

    return "as stored" if torch.cuda.is_available() else "float32"


def _load(model: Model, batch: int) -> Any:
    import torch

    tasks.require_library()
    from lm_eval.models.huggingface import HFLM

    gpu = torch.cuda.is_available()
    try:
        return HFLM(
            pretrained=str(model.folder),
            dtype="auto" if gpu else "float32",
            softmax_dtype="float32",
            device="cuda" if gpu else "cpu",
            batch_size=batch,
        )
    except (OSError, ValueError) as error:
        raise TopochefError(
            f"{model.folder} cannot be loaded ({' '.join(str(error).split())[:300]}): make it anew"
        ) from error
