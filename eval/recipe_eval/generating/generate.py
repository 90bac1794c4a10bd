"""`recipe-eval generate`: one constrained recipe for every test title."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import chain
from pathlib import Path
from typing import IO, Any

from recipe_base.datasets import TEST_FILE
from recipe_base.errors import TopochefError, naming
from recipe_base.files import fingerprint, is_done, read_jsonl, sha256, to_json
from recipe_base.runs import Run
from recipe_data.schema import ANSWER_SCHEMA
from recipe_kitchen.asking import (
    GIVE_UP_AFTER,
    Asker,
    Decoder,
    Outcome,
    held_back,
    in_order,
)
from recipe_kitchen.backends import Backend, Engine
from recipe_kitchen.request import Request

STAGE = "generate"
COMMAND = "recipe-eval generate"


def inputs_of(
    model: dict[str, Any],
    data: Path,
    decoder: Decoder,
    limit: int | None,
    batch: int = 1,
    file: str = TEST_FILE,
    without_neighbours: bool = False,
) -> dict[str, Any]:
    """Return everything that decides what is written.

    `model` is that of `Choice.inputs`; `batch` is how many texts an engine writes in one go,
    where that is more than one, because their bits depend on it; `file` is the split;
    `without_neighbours` asks without the recipes that its prompts lean on.
    """
    return {
        **model,
        f"{Path(file).stem}_sha256": sha256(data / file),
        "schema": fingerprint(ANSWER_SCHEMA)[:12],
        "limit": limit,
        **decoder.inputs(),
        **({"batch": batch} if batch > 1 else {}),
        **({"without_neighbours": True} if without_neighbours else {}),
    }


def already_generated(run: Path, inputs: dict[str, Any]) -> bool:
    """Tell whether `run` holds the finished predictions of these inputs.

    Raises `TopochefError` if it holds those of others.
    """
    path = Run(run).predictions.path
    finished = is_done(run, STAGE, inputs)
    if path.is_file() and not finished:
        raise TopochefError(f"{path} is there, but not in the manifest: move it away or delete it")
    return finished and path.is_file()


def generate(
    run: Path,
    requests: Sequence[Request],
    backend: Backend,
    decoder: Decoder,
    inputs: dict[str, Any],
    parallel: int = 1,
    label: str = "Cooking the test titles",
) -> dict[str, Any]:
    """Write `run/predictions.jsonl` and its facts; go on where a killed process stopped.

    `parallel` rows are under way at a time: in one go where the backend is an `Engine`, always
    those that stand together in the test split, else as requests of their own. What is written
    so far lies in a file named by the inputs, so rows of another model or decoder are never
    continued. Timings go to the manifest: the bytes of the predictions depend on the inputs
    alone. Returns the facts. Raises `TopochefError` if nobody answers any more.
    """
    size, at_once = (parallel, 1) if isinstance(backend, Engine) else (1, parallel)
    part = run / f".predictions.{fingerprint(inputs)[:12]}.part"
    asker = Asker(backend, decoder)
    tokens = 0
    start = time.perf_counter()
    with _reopened(part, size, len(requests)) as f:
        todo = requests[_count_done(part, requests) :]
        groups = [todo[i : i + size] for i in range(0, len(todo), size)]
        for rows in _answered(asker, groups, at_once, len(requests), label):
            f.write("".join(to_json(_prediction(*row)) + "\n" for row in rows).encode())
            f.flush()
            tokens += sum(outcome.completion_tokens for _, outcome in rows)
    seconds = time.perf_counter() - start
    facts = {
        "inputs": inputs,
        "rows": len(requests),
        **_counts(part),
        "backend": backend.facts(),
        "last_session": {
            "rows": len(todo),
            "parallel": parallel,
            "seconds": round(seconds, 2),
            "tokens_per_second": round(tokens / seconds, 1) if todo else None,
        },
    }
    Run(run).record(STAGE, facts)  # before the rename: a kill in between loses no row
    os.replace(part, Run(run).predictions.path)
    for abandoned in run.glob(".predictions.*.part"):
        abandoned.unlink()
    return facts


def _prediction(request: Request, outcome: Outcome) -> dict[str, Any]:
    return {"id": request.id, "title": request.title, **outcome._asdict()}


def _answered(
    asker: Asker, groups: Sequence[Sequence[Request]], at_once: int, total: int, label: str
) -> Iterator[list[tuple[Request, Outcome]]]:
    """Yield rows that may be recorded, whole groups at a time, in the order of the requests."""
    from recipe_base.console import progress_bar

    requests = chain.from_iterable(groups)
    done = total - sum(map(len, groups))
    with (
        progress_bar(label, total, done) as advance,
        closing(in_order(asker.ask, groups, at_once)) as answers,
    ):
        for ready in held_back(answers, min(GIVE_UP_AFTER, total)):
            outcomes = list(chain.from_iterable(ready))
            yield [(next(requests), outcome) for outcome in outcomes]
            for _ in outcomes:
                advance()


@contextmanager
def _reopened(part: Path, size: int, total: int) -> Iterator[IO[bytes]]:
    """Open for appending after the last whole line of the last whole group."""
    part.parent.mkdir(parents=True, exist_ok=True)
    with naming(part), part.open("a+b") as f:
        f.seek(0)
        lines = f.read().split(b"\n")[:-1]
        whole = len(lines) if len(lines) == total else len(lines) // size * size
        f.truncate(sum(len(line) + 1 for line in lines[:whole]))
        yield f


def _count_done(part: Path, requests: Sequence[Request]) -> int:
    done = [row["id"] for row in read_jsonl(part, COMMAND)]
    if done != [request.id for request in requests[: len(done)]]:
        raise TopochefError(f"{part} does not begin like the test split: delete it")
    return len(done)


def _counts(part: Path) -> dict[str, Any]:
    rows = list(read_jsonl(part, COMMAND))
    failures = Counter(row["error"] for row in rows if row["error"])
    return {
        "finish_reasons": dict(sorted(Counter(row["finish_reason"] for row in rows).items())),
        "failures": dict(failures.most_common()),
        "asked_again": sum(row["attempts"] > 1 for row in rows),
        "rewound": sum(row["rewinds"] > 0 for row in rows),
        "rewinds": sum(row["rewinds"] for row in rows),
        "repeating": sum(bool(row["repeated"]) for row in rows),
    }
