"""`recipe-eval floor`: run folders of systems without a model, as `generate` leaves a model's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from recipe_base.datasets import DataFolder
from recipe_base.files import fingerprint, sha256
from recipe_base.runs import FLOORS_FOLDER, Run
from recipe_data.schema import ANSWER_SCHEMA
from recipe_eval.floors.systems import FLOORS, Floor
from recipe_eval.generating.generate import already_generated
from recipe_eval.generating.predictions import STAGE
from recipe_eval.generating.requests import read_requests
from recipe_eval.reading.examples import Example, read_examples
from recipe_kitchen.asking import Outcome
from recipe_kitchen.request import Request


def write_floors(data: Path, output: Path, limit: int | None = None) -> Iterator[tuple[Run, bool]]:
    """Write every floor for the first `limit` test titles, into `output/floors/NAME`.

    Yields each run and whether it is new. Raises `TopochefError` where a folder holds predictions
    of other data or titles, or the data has no training recipes.
    """
    folder = DataFolder(data)
    requests = read_requests(data, limit)
    inputs = {
        "test_sha256": sha256(folder.test.path),
        "schema": fingerprint(ANSWER_SCHEMA)[:12],
        "limit": limit,
    }
    examples: list[Example] = []
    for floor in FLOORS:
        run = Run(output / FLOORS_FOLDER / floor.name)
        examples = examples or read_examples(folder)
        of_floor = {
            "floor": floor.name,
            "rule": floor.rule,
            "train_sha256": sha256(folder.train.path),
            **inputs,
        }
        if already_generated(run.folder, of_floor):
            yield run, False
            continue
        _write(run, floor, floor.answers(requests, examples, folder.lines), requests, of_floor)
        yield run, True


def _write(
    run: Run,
    floor: Floor,
    texts: list[str],
    requests: list[Request],
    inputs: dict[str, Any],
) -> None:
    run.floor.write({"name": floor.name, "what": floor.what})
    run.record(STAGE, {"inputs": inputs, "rows": len(texts), "failures": {}})
    run.predictions.write(
        {"id": request.id, "title": request.title, **_outcome(text)._asdict()}
        for request, text in zip(requests, texts, strict=True)
    )


def _outcome(text: str) -> Outcome:
    return Outcome(
        text, "stop", prompt_tokens=0, completion_tokens=0, seed=0, attempts=1, error=None
    )
