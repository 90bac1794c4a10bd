"""The command `recipe-eval improve`."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from recipe_base.arguments import positive
from recipe_base.commands import command
from recipe_base.datasets import DataFolder
from recipe_base.errors import TopochefError
from recipe_base.files import read_manifest
from recipe_base.writer import inside_existing
from recipe_data.sampling_arguments import add_sampler, reader, sampler_of
from recipe_eval.crediting.parts import SCORER
from recipe_eval.metrics.models import MINILM


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those of `recipe-eval`."""
    improve = commands.add_parser(
        "improve", help="rounds of sampling, crediting, training on, exporting and evaluating"
    )
    improve.add_argument("--model", default="smollm2-135m", help="how its config files begin")
    improve.add_argument("--rounds", type=positive, default=3, help="how many (default 3)")
    configs = Path("axolotl_configs")
    improve.add_argument("--configs", type=Path, default=configs, help="their folder")
    improve.add_argument("--folder", type=Path, default=Path(), help="where data/ is and runs/ go")
    improve.add_argument("--seed", type=positive, default=1, help="of the first run (default 1)")
    improve.add_argument("--samples", type=positive, default=8, help="texts a title (default 8)")
    improve.add_argument("--limit", type=positive, help="only the first N training titles")
    improve.add_argument(
        "--explore",
        type=reader("temperature"),
        default=0.8,
        metavar="T",
        help="temperature of the samples (default 0.8); else they are drawn as test titles are",
    )
    improve.add_argument(
        "--scorer", default=SCORER, metavar="PACKAGE.MODULE:FUNCTION", help="see `credit`"
    )
    improve.add_argument("--recipes", type=positive, default=1000, help="most test titles a run")
    improve.add_argument("--max-tokens", type=positive, default=512, help="most tokens a text")
    improve.add_argument("--tries", type=positive, default=3, help="times to ask for a test recipe")
    improve.add_argument("--parallel", type=positive, default=16, help="texts in one batch")
    improve.add_argument("--bertscore", default=MINILM, help="its model, or `none`, saving time")
    add_sampler(improve, seed=False)
    command(improve, _improve, writes=inside_existing("folder"))


def _improve(arguments: argparse.Namespace) -> int:
    from recipe_eval.crediting.parts import load_scorer
    from recipe_study.improving.improve import STAGE, improve, show
    from recipe_study.improving.rounds import Drawing, Improvement, make_rounds
    from recipe_study.plan import Plan, Settings
    from recipe_study.watching import watching

    folder: Path = arguments.folder
    data = DataFolder(folder / "data")
    if not data.train.there():
        raise TopochefError(f"{data.folder} holds no data: run `{data.made_by}` first")
    load_scorer(arguments.scorer)  # to be named now, and not after the first training
    sampler = sampler_of(arguments)
    explored = replace(sampler, temperature=arguments.explore)
    if explored.greedy or arguments.samples < 2:
        raise TopochefError("samples must differ: --explore above 0, and two or more --samples")
    settings = Settings(
        model=arguments.model,
        seeds=(arguments.seed,),
        configs=arguments.configs.resolve(),
        data=Path("data"),
        recipes=arguments.recipes,
        max_tokens=arguments.max_tokens,
        tries=arguments.tries,
        parallel=arguments.parallel,
        sampler=sampler,
        bertscore=arguments.bertscore,
    )
    drawing = Drawing(arguments.samples, arguments.limit, explored, arguments.scorer)
    improvement = Improvement(settings, arguments.rounds, drawing)
    with watching(Plan(make_rounds(improvement), ()), 1) as watch:
        outcomes = improve(improvement, folder, watch)
    show(read_manifest(folder)[STAGE])
    if failed := outcomes[-1].failed:
        print(f"{outcomes[-1].job.name}: {failed} failed, see {outcomes[-1].log}")
    return 1 if failed else 0
