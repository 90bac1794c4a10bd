"""What is asked: prompts of the training split, and none that is held out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.datasets import TEST_FILE, TRAIN_FILE, VALIDATION_FILE, DataFolder
from recipe_base.errors import TopochefError
from recipe_base.files import fingerprint, to_json
from recipe_data.building.keys import normalise_title
from recipe_eval.generating.requests import read_requests
from recipe_kitchen.request import Request, Shape


class Asked(NamedTuple):
    """What a run is to write samples for."""

    requests: Sequence[Request]
    inputs: dict[str, Any] = {}  # noqa: RUF012  never written to
    """What decides the samples beside model, data and decoder."""
    held_out: int = 0
    """Prompts that were left out because validation or test has them too."""


def training_requests(data: Path, limit: int | None) -> list[Request]:
    """Return the first `limit` titles of the training split.

    Raises `TopochefError` where one of them is of validation or test too: what is learnt from such
    a title would teach what is tested.
    """
    requests = read_requests(data, limit, TRAIN_FILE)
    for file in (VALIDATION_FILE, TEST_FILE):
        titles = {normalise_title(row["title"]) for row in _rows(data, file) if row.get("title")}
        for request in requests:
            if normalise_title(request.title) in titles:
                raise TopochefError(
                    f"{data / TRAIN_FILE}, row {request.id}: its title is in {file} too, so it "
                    f"must not be trained: build the data again with `{DataFolder(data).made_by}`"
                )
    return requests


def asked_of_task(data: Path, task: str, schema: dict[str, Any] | None, limit: int | None) -> Asked:
    """Return the first `limit` prompts of one task of any chat rows, each once.

    Args:
        data: Folder of the splits; only train.jsonl must be there.
        task: That of the rows that are asked.
        schema: What every answer obeys; None leaves them free.
        limit: None takes all.

    A prompt that validation or test has too is left out and counted: data of few facts ask the
    same thing in several splits. Raises `TopochefError` if no prompt is left.
    """
    held_out = {_prompt(row) for file in (VALIDATION_FILE, TEST_FILE) for row in _rows(data, file)}
    shape = Shape(schema, _not_json if schema else _empty)
    found: dict[str, Request] = {}
    refused = set()
    for number, row in enumerate(DataFolder(data).train.read()):
        if row.get("task") != task:
            continue
        prompt = _prompt(row)
        if prompt in held_out:
            refused.add(prompt)
        elif prompt not in found:
            *asked, answer = row["messages"]
            name, question = str(row.get("id", f"{task}-{number}")), asked[-1]["content"]
            found[prompt] = Request(name, question, asked, answer["content"], shape=shape)
    if not found:
        raise TopochefError(
            f"{data / TRAIN_FILE} has no row of the task {task!r} whose prompt is not in "
            f"{VALIDATION_FILE} or {TEST_FILE} too: name another --task, or split the data anew"
        )
    requests = list(found.values())[:limit]
    prompts = fingerprint([request.messages for request in requests])[:12]
    inputs = {"task": task, "schema": fingerprint(schema)[:12], "prompts": prompts}
    return Asked(requests, inputs, len(refused))


def _rows(data: Path, file: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a split; nothing where there is none."""
    rows = DataFolder(data).rows(file)
    return rows.read() if rows.there() else iter(())


def _prompt(row: dict[str, Any]) -> str:
    return to_json([[one["role"], one["content"]] for one in row["messages"][:-1]])


def _empty(text: str) -> str | None:
    return None if text.strip() else "empty"


def _not_json(text: str) -> str | None:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return "not JSON"
    return None
