"""Does rounds of improvement, one after the other, and records all of them in one manifest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recipe_base.files import sha256, update_manifest
from recipe_base.runs import Run
from recipe_eval.crediting.credit import STAGE as CREDIT
from recipe_study.improving.rounds import Improvement, config_of, make_rounds, write_configs
from recipe_study.plan import Plan
from recipe_study.runner import Outcome, Watch, run_plan

STAGE = "improve"
PROFILE = "balanced"
SHOWN = (
    "recipe_f1",
    "ingredient_f1",
    "quantity_f1",
    "rare_ingredient_recall",
    "action_f1",
    "list_length",
)
"""The metrics of a round's line: those of the aim, and what must not be lost for them."""


def improve(improvement: Improvement, folder: Path, watch: Watch) -> list[Outcome]:
    """Do what is not done yet, up to a job that fails; return what became of each that was begun.

    The manifest is written after every run, so that a killed improvement has those that are done.
    What was done from the same commands and files is not done again.
    """
    jobs = make_rounds(improvement)
    write_configs(improvement, folder)
    outcomes: list[Outcome] = []
    for job in jobs:
        outcomes += run_plan(Plan((job,), ()), folder, 1, watch)
        update_manifest(folder, STAGE, facts_of(improvement, folder, outcomes))
        if outcomes[-1].failed:
            break
    return outcomes


def facts_of(improvement: Improvement, folder: Path, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return what the manifest says: what was asked for, and of every run what came of it."""
    study, drawing = improvement.study, improvement.drawing
    data = folder / study.data
    done = [outcome for outcome in outcomes if outcome.job.configuration != "base"]
    return {
        "inputs": {
            "model": study.model,
            "seed": improvement.seed,
            "rounds": improvement.rounds,
            "drawing": {**drawing._asdict(), "sampler": drawing.sampler.to_dict()},
            "evaluation": {
                "recipes": study.recipes,
                "max_tokens": study.max_tokens,
                "tries": study.tries,
                **study.sampler.to_dict(),
            },
            "data_sha256": {file.name: sha256(file) for file in sorted(data.glob("*.jsonl"))},
        },
        "runs": [
            _facts(improvement, folder, number, outcome) for number, outcome in enumerate(done)
        ],
    }


def _facts(improvement: Improvement, folder: Path, number: int, outcome: Outcome) -> dict[str, Any]:
    """Return what became of one run: its scores where it was evaluated, and what they rest on."""
    run = Run(folder / outcome.job.folder)
    before = Run(folder / improvement.run(number - 1).folder) if number else None
    summary = None if outcome.failed else run.summary(PROFILE).read()
    return {
        "run": str(outcome.job.folder),
        "round": number,
        "failed": outcome.failed,
        "config_sha256": sha256(folder / config_of(improvement, number)) if number else None,
        "learnt_from": before.manifest.get(CREDIT) if before else None,
        "scores": summary and {name: summary["metrics"][name]["mean"] for name in SHOWN},
        "no_recipe": summary and sum(map(len, summary["failures"].values())),
        "seconds": {name: round(cost.seconds, 1) for name, cost in outcome.costs.items()},
    }


def show(facts: dict[str, Any]) -> None:
    """Print a line for every run that was evaluated."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title="Test titles, round by round")
    table.add_column("round")
    for name in (*SHOWN, "no recipe"):
        table.add_column(name.replace("_", " "), justify="right")
    for run in facts["runs"]:
        if run["scores"]:
            values = ("–" if v is None else f"{v:.3f}" for v in run["scores"].values())
            name = str(run["round"] or "before")
            table.add_row(name, *values, str(run["no_recipe"]))
    Console().print(table)
