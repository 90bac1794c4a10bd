"""The recipe metrics of each rung, as far as `recipe-eval` has written them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.files import fingerprint, sha256
from recipe_base.runs import Run
from recipe_data.sampling import Sampler
from recipe_export.ladder.rungs import Rung


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
        folder = shlex.quote(str(run.rung(rung.kind).folder))
        file = shlex.quote(str(run.folder / rung.file))
        lines.append(
            f"recipe-eval generate {folder} --gguf {file} {split} && "
            f"recipe-eval score {folder} {split}"
        )
    return "\n".join(lines)


def _scores_of(run: Run, rung: Rung) -> Scores | None:
    """Read a summary that was made from exactly this file, here or in the run itself."""
    for folder in (run.rung(rung.kind), run):
        manifest = folder.manifest
        asked = manifest.get("generate", {}).get("inputs", {})
        scored = manifest.get("score", {}).get("inputs", {})
        predictions, summary = folder.predictions, folder.summary()
        if asked.get("gguf_sha256") != rung.sha256 or not summary.there():
            continue
        if not predictions.there() or scored.get("predictions_sha256") != sha256(predictions.path):
            continue
        facts = summary.read()
        question = {k: v for k, v in asked.items() if k not in ("gguf", "gguf_sha256")}
        content = fingerprint([question, facts["profile"]])
        sampler = Sampler.from_dict(asked).to_dict()
        return Scores(facts["recipes"], content, sampler, facts["metrics"])
    return None
