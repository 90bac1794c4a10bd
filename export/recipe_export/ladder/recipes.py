"""The recipe metrics of each rung, as far as `recipe-eval` has written them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.files import fingerprint, read_manifest, sha256
from recipe_data.sampling import Sampler
from recipe_export.ladder.rungs import Rung
from recipe_export.run import Run, read_json

FOLDER = "ladder"


class Scores(NamedTuple):
    """The means of one rung's recipes."""

    recipes: int
    question: str
    """What was asked and how it was scored: only scores of one question are comparable."""
    sampler: dict[str, Any]
    """How they were drawn."""
    metrics: dict[str, dict[str, Any]]
    """By name: title, mean, low and high of its 95 % interval, lower_is_better, signature."""


def read_scores(run: Run, rungs: Sequence[Rung]) -> dict[str, Scores]:
    """Return the scores by type, of the question that most rungs were asked."""
    found = {rung.kind: scores for rung in rungs if (scores := _scores_of(run, rung))}
    questions = [scores.question for scores in found.values()]
    common = max(questions, key=questions.count, default="")
    return {kind: scores for kind, scores in found.items() if scores.question == common}


def commands(run: Run, rungs: Sequence[Rung], data: Path | None) -> str:
    """Return the commands that score some rungs."""
    split = f"--data {shlex.quote(str(data or 'data'))}"
    lines = []
    for rung in rungs:
        folder = shlex.quote(str(run.folder / FOLDER / rung.kind))
        file = shlex.quote(str(run.folder / rung.file))
        lines.append(
            f"recipe-eval generate {folder} --gguf {file} {split} && "
            f"recipe-eval score {folder} {split}"
        )
    return "\n".join(lines)


def _scores_of(run: Run, rung: Rung) -> Scores | None:
    """Read a summary that was made from exactly this file, here or in the run itself."""
    for folder in (run.folder / FOLDER / rung.kind, run.folder):
        manifest = read_manifest(folder)
        asked = manifest.get("generate", {}).get("inputs", {})
        scored = manifest.get("score", {}).get("inputs", {})
        predictions, summary = folder / "predictions.jsonl", folder / "summary.json"
        if asked.get("gguf_sha256") != rung.sha256 or not summary.is_file():
            continue
        if not predictions.is_file() or scored.get("predictions_sha256") != sha256(predictions):
            continue
        facts = read_json(summary)
        question = {k: v for k, v in asked.items() if k not in ("gguf", "gguf_sha256")}
        content = fingerprint([question, facts["profile"]])
        sampler = Sampler.from_dict(asked).to_dict()
        return Scores(facts["recipes"], content, sampler, facts["metrics"])
    return None
