"""`recipe-eval generate`: one constrained recipe for every test title."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from recipe_base.commands import GO_ON
from recipe_base.datasets import TEST_FILE
from recipe_base.errors import TopochefError
from recipe_base.files import atomic_path, fingerprint, is_done, sha256
from recipe_base.runs import Run
from recipe_data.endpoints import EndpointError
from recipe_data.schema import SCHEMAS
from recipe_eval.generating.part import Part
from recipe_eval.generating.predictions import STAGE
from recipe_kitchen.asking import Asker, Decoder, Outcome, in_order
from recipe_kitchen.backends import Backend, Engine
from recipe_kitchen.request import Request

GIVE_UP_AFTER = 5
"""So many failures of the engine in a row end a session: it is gone, not the row odd."""


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
        "schema": fingerprint(SCHEMAS[decoder.part])[:12],
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
    alone. Returns the facts.

    An engine that fails is no model that fails: a row that it leaves without an answer is not
    recorded, and the others are still asked for while there is an engine. Raises `TopochefError`
    that tells how many are written where some are not: the next session asks for those alone.
    """
    size, at_once = (parallel, 1) if isinstance(backend, Engine) else (1, parallel)
    groups = [requests[i : i + size] for i in range(0, len(requests), size)]
    asker = Asker(backend, decoder)
    tokens = 0
    start = time.perf_counter()
    path = run / f".predictions.{fingerprint(inputs)[:12]}.part"
    with Part.opened(path, groups) as part:
        todo = part.todo()
        for rows in _answered(asker, todo, at_once, len(requests), label):
            part.add([_prediction(*row) for row in rows])
            tokens += sum(outcome.completion_tokens for _, outcome in rows)
        lines = list(part.lines())
    seconds = time.perf_counter() - start
    facts = {
        "inputs": inputs,
        "rows": len(requests),
        **_counts(lines),
        "backend": backend.facts(),
        "last_session": {
            "rows": sum(map(len, todo)),
            "parallel": parallel,
            "seconds": round(seconds, 2),
            "tokens_per_second": round(tokens / seconds, 1) if todo else None,
        },
    }
    Run(run).record(STAGE, facts)  # before the file: a kill in between loses no row
    with atomic_path(Run(run).predictions.path) as whole:
        whole.write_bytes(b"".join(lines))
    for abandoned in run.glob(".predictions.*.part"):
        abandoned.unlink()
    return facts


def _prediction(request: Request, outcome: Outcome) -> dict[str, Any]:
    return {"id": request.id, "title": request.title, **outcome._asdict()}


def _answered(
    asker: Asker, groups: Sequence[Sequence[Request]], at_once: int, total: int, label: str
) -> Iterator[list[tuple[Request, Outcome]]]:
    """Yield rows with their answers, whole groups at a time; raise where some have none."""
    from recipe_base.console import progress_bar

    def ask(group: Sequence[Request]) -> list[Outcome] | Exception:
        try:
            return asker.ask(group)
        except (EndpointError, RuntimeError) as failure:
            return failure

    written = total - sum(map(len, groups))
    last: Exception | None = None
    silent = 0
    with (
        progress_bar(label, total, written) as advance,
        closing(in_order(ask, groups, at_once)) as answers,
    ):
        for group, answer in zip(groups, answers, strict=True):
            if isinstance(answer, Exception):
                last, silent = answer, silent + 1
                if silent == GIVE_UP_AFTER:
                    break
                continue
            silent = 0
            yield list(zip(group, answer, strict=True))
            written += len(group)
            for _ in group:
                advance()
    if last:
        raise TopochefError(f"{written} of {total} written: {last}; then {GO_ON}") from last


def _counts(lines: Sequence[bytes]) -> dict[str, Any]:
    rows = [json.loads(line) for line in lines]
    failures = Counter(row["error"] for row in rows if row["error"])
    return {
        "finish_reasons": dict(sorted(Counter(row["finish_reason"] for row in rows).items())),
        "failures": dict(failures.most_common()),
        "asked_again": sum(row["attempts"] > 1 for row in rows),
        "rewound": sum(row["rewinds"] > 0 for row in rows),
        "rewinds": sum(row["rewinds"] for row in rows),
        "repeating": sum(bool(row["repeated"]) for row in rows),
    }
