"""The command `recipe-eval study`."""

from __future__ import annotations

import argparse
from pathlib import Path

from recipe_base.arguments import names, positive
from recipe_base.commands import command
from recipe_base.writer import inside_existing
from recipe_study.arguments import add_settings, data_of, settings_of
from recipe_study.continuing.cli import add_arms, study_arms
from recipe_study.plan import CONFIGURATIONS, NUMERIC


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those of `recipe-eval`."""
    study = commands.add_parser(
        "study", help="train, export, generate and score every configuration with every seed"
    )
    add_settings(study, model="tiny", parallel=1)
    study.add_argument("--seeds", type=positive, default=5, help="runs a configuration (default 5)")
    study.add_argument("--jobs", type=positive, default=1, help="runs at once (default 1)")
    study.add_argument(
        "--questions", type=positive, default=100, metavar="N",
        help="most to ask of every question task, where the data have any (default 100)",
    )  # fmt: skip
    study.add_argument(
        "--configurations", type=names,
        help=f"of {','.join(CONFIGURATIONS + NUMERIC)} (default: all that the data allow)",
    )  # fmt: skip
    study.add_argument(
        "--floors", choices=("all", "none"), default="all", help="systems without a model beside"
    )
    study.add_argument("--watts", type=float, default=10.0, help="of one busy core (default 10)")
    add_arms(study)
    command(study, _study, writes=inside_existing("folder"))


def _study(arguments: argparse.Namespace) -> int:
    from recipe_data.tasks.number import NumberTask
    from recipe_data.tasks.registry import QUESTIONS
    from recipe_study.plan import make_plan, with_questions
    from recipe_study.report import write_study
    from recipe_study.runner import run_plan, tell_failures
    from recipe_study.watching import watching

    folder: Path = arguments.folder
    data = data_of(arguments)
    asked = data.manifest.get("build", {}).get("tasks", {}).get("test", {}).keys() & QUESTIONS
    settings = settings_of(
        arguments,
        seeds=tuple(range(1, arguments.seeds + 1)),
        configurations=arguments.configurations,
        numbers=any(isinstance(QUESTIONS[name], NumberTask) for name in asked),
        floors=arguments.floors == "all",
    )
    if arguments.arms or arguments.start:
        return study_arms(settings, arguments)
    plan = make_plan(settings)
    if asked:
        plan = with_questions(plan, settings.data, arguments.questions)
    with watching(plan, arguments.jobs) as watch:
        outcomes = run_plan(plan, folder, arguments.jobs, watch)
    status = tell_failures(outcomes)
    source = data.manifest.get("build", {}).get("inputs", {}).get("source", "data")
    title = f"{arguments.model} on {source}, {arguments.seeds} seeds, {settings.sampler}"
    for page in write_study(folder, outcomes, arguments.watts, title):
        print(page)
    return status
