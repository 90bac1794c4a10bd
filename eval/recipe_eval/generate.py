"""`recipe-eval generate`: one constrained recipe for every test title."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

from recipe_data.errors import TopochefError
from recipe_data.files import fingerprint, is_done, read_jsonl, sha256, to_json, update_manifest
from recipe_data.schema import ANSWER_SCHEMA
from recipe_eval.backends import Backend, Completion
from recipe_eval.requests import TEST_FILE, Request

STAGE = "generate"
COMMAND = "recipe-eval generate"


class Decoder(NamedTuple):
    """How tokens are chosen."""

    max_tokens: int = 512
    temperature: float = 0.0
    seed: int = 0

    def seed_of(self, row_id: str) -> int:
        """Give every row a seed of its own, so that its text does not depend on its place."""
        return int(fingerprint([self.seed, row_id])[:8], 16)


def inputs_of(gguf: Path, data: Path, decoder: Decoder, limit: int | None) -> dict[str, Any]:
    """Return everything that decides what is written."""
    return {
        "gguf": gguf.name,
        "gguf_sha256": sha256(gguf),
        "test_sha256": sha256(data / TEST_FILE),
        "schema": fingerprint(ANSWER_SCHEMA)[:12],
        "limit": limit,
        **decoder._asdict(),
    }


def already_generated(run: Path, inputs: dict[str, Any]) -> bool:
    """Tell whether `run` holds the finished predictions of these inputs.

    Raises `TopochefError` if it holds those of others.
    """
    path = run / "predictions.jsonl"
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
) -> dict[str, Any]:
    """Write `run/predictions.jsonl` and its facts; go on where a killed process stopped.

    What is written so far lies in a file named by the inputs, so rows of another model or
    decoder are never continued. Timings go to the manifest: the bytes of the predictions depend
    on the inputs alone. Returns the facts.
    """
    part = run / f".predictions.{fingerprint(inputs)[:12]}.part"
    tokens = 0
    start = time.perf_counter()
    with _reopened(part) as f:
        todo = requests[_count_done(part, requests) :]
        for request, completion in _completions(todo, backend, decoder, len(requests)):
            f.write((to_json(_prediction(request, completion)) + "\n").encode())
            f.flush()
            tokens += completion.completion_tokens
    seconds = time.perf_counter() - start
    facts = {
        "inputs": inputs,
        "rows": len(requests),
        "finish_reasons": _finish_reasons(part),
        "backend": backend.facts(),
        "last_session": {
            "rows": len(todo),
            "seconds": round(seconds, 2),
            "tokens_per_second": round(tokens / seconds, 1) if todo else None,
        },
    }
    update_manifest(run, STAGE, facts)  # before the rename: a kill in between loses no row
    os.replace(part, run / "predictions.jsonl")
    for abandoned in run.glob(".predictions.*.part"):
        abandoned.unlink()
    return facts


def _prediction(request: Request, completion: Completion) -> dict[str, Any]:
    return {
        "id": request.id,
        "title": request.title,
        "text": completion.text,
        "finish_reason": completion.finish_reason,
        "prompt_tokens": completion.prompt_tokens,
        "completion_tokens": completion.completion_tokens,
    }


def _completions(
    todo: Sequence[Request], backend: Backend, decoder: Decoder, total: int
) -> Iterator[tuple[Request, Completion]]:
    from recipe_eval.progress import progress_bar

    with progress_bar("Cooking the test titles", total, done=total - len(todo)) as advance:
        for request in todo:
            yield (
                request,
                backend.complete(
                    request.messages,
                    ANSWER_SCHEMA,
                    decoder.max_tokens,
                    decoder.temperature,
                    decoder.seed_of(request.id),
                ),
            )
            advance()


@contextmanager
def _reopened(part: Path) -> Iterator[IO[bytes]]:
    """Open for appending after the last whole line."""
    part.parent.mkdir(parents=True, exist_ok=True)
    with part.open("a+b") as f:
        f.seek(0)
        f.truncate(f.read().rfind(b"\n") + 1)
        yield f


def _count_done(part: Path, requests: Sequence[Request]) -> int:
    done = [row["id"] for row in read_jsonl(part, COMMAND)]
    if done != [request.id for request in requests[: len(done)]]:
        raise TopochefError(f"{part} does not begin like the test split: delete it")
    return len(done)


def _finish_reasons(part: Path) -> dict[str, int]:
    reasons = [row["finish_reason"] for row in read_jsonl(part, COMMAND)]
    return {reason: reasons.count(reason) for reason in sorted(set(reasons))}
