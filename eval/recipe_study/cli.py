"""The command `recipe-eval study`."""

from __future__ import annotations

import argparse
from pathlib import Path

from recipe_base.arguments import names, positive
from recipe_base.commands import command
from recipe_base.datasets import DataFolder
from recipe_base.errors import TopochefError
from recipe_base.writer import inside_existing
from recipe_data.sampling_arguments import add_sampler, sampler_of
from recipe_eval.metrics.models import MINILM
from recipe_study.continuing.cli import add_arms, study_arms
from recipe_study.plan import CONFIGURATIONS, NUMERIC


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those of `recipe-eval`."""
    study = commands.add_parser(
        "study", help="train, export, generate and score every configuration with every seed"
    )
    study.add_argument("--model", default="tiny", help="how its config files begin: qwen3-4b")
    study.add_argument("--seeds", type=positive, default=5, help="runs a configuration (default 5)")
    study.add_argument("--configs", type=Path, default=Path("axolotl_configs"), help="their folder")
    study.add_argument("--folder", type=Path, default=Path(), help="where data/ is and runs/ go")
    study.add_argument("--recipes", type=positive, default=1000, help="most to generate a run")
    study.add_argument("--max-tokens", type=positive, default=512, help="most tokens a recipe")
    study.add_argument("--tries", type=positive, default=3, help="times to ask for a recipe")
    study.add_argument("--parallel", type=positive, default=1, help="recipes in one batch")
    study.add_argument("--jobs", type=positive, default=1, help="runs at once (default 1)")
    study.add_argument(
        "--questions", type=positive, default=100, metavar="N",
        help="most to ask of every question task, where the data have any (default 100)",
    )  # fmt: skip
    study.add_argument(
        "--configurations", type=names,
        help=f"of {','.join(CONFIGURATIONS + NUMERIC)} (default: all that the data allow)",
    )  # fmt: skip
    study.add_argument("--bertscore", default=MINILM, help="its model, or `none`, which saves time")
    study.add_argument(
        "--floors", choices=("all", "none"), default="all", help="systems without a model beside"
    )
    study.add_argument("--watts", type=float, default=10.0, help="of one busy core (default 10)")
    add_arms(study)
    add_sampler(study, seed=False)
    command(study, _study, writes=inside_existing("folder"))


def _study(arguments: argparse.Namespace) -> int:
    from recipe_data.tasks.number import NumberTask
    from recipe_data.tasks.registry import QUESTIONS
    from recipe_study.plan import Settings, make_plan, with_questions
    from recipe_study.report import write_study
    from recipe_study.runner import run_plan
    from recipe_study.watching import watching

    folder: Path = arguments.folder
    data = DataFolder(folder / "data")
    if not data.train.there():
        raise TopochefError(f"{data.folder} holds no data: run `{data.made_by}` first")
    asked = data.manifest.get("build", {}).get("tasks", {}).get("test", {}).keys() & QUESTIONS
    settings = Settings(
        model=arguments.model,
        seeds=tuple(range(1, arguments.seeds + 1)),
        configs=arguments.configs.resolve(),
        data=Path("data"),
        recipes=arguments.recipes,
        max_tokens=arguments.max_tokens,
        tries=arguments.tries,
        parallel=arguments.parallel,
        configurations=arguments.configurations,
        numbers=any(isinstance(QUESTIONS[name], NumberTask) for name in asked),
        sampler=sampler_of(arguments),
        bertscore=arguments.bertscore,
        floors=arguments.floors == "all",
    )
    if arguments.arms or arguments.start:
        return study_arms(settings, arguments)
    plan = make_plan(settings)
    if asked:
        plan = with_questions(plan, settings.data, arguments.questions)
    with watching(plan, arguments.jobs) as watch:
        outcomes = run_plan(plan, folder, arguments.jobs, watch)
    failed = [outcome for outcome in outcomes if outcome.failed]
    for outcome in failed:
        print(f"{outcome.job.name}: {outcome.failed} failed, see {outcome.log}")
    source = data.manifest.get("build", {}).get("inputs", {}).get("source", "data")
    title = f"{arguments.model} on {source}, {arguments.seeds} seeds, {settings.sampler}"
    for page in write_study(folder, outcomes, arguments.watts, title):
        print(page)
    return 1 if failed else 0
