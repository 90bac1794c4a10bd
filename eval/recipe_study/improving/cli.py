"""The command `recipe-eval improve`."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from recipe_base.arguments import positive
from recipe_base.commands import command
from recipe_base.errors import TopochefError
from recipe_base.files import read_manifest
from recipe_base.writer import inside_existing
from recipe_data.sampling_arguments import reader
from recipe_eval.crediting.parts import SCORER
from recipe_study.arguments import add_settings, data_of, settings_of


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those of `recipe-eval`."""
    improve = commands.add_parser(
        "improve", help="rounds of sampling, crediting, training on, exporting and evaluating"
    )
    add_settings(improve, model="smollm2-135m", parallel=16)
    improve.add_argument("--rounds", type=positive, default=3, help="how many (default 3)")
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
    command(improve, _improve, writes=inside_existing("folder"))


def _improve(arguments: argparse.Namespace) -> int:
    from recipe_eval.crediting.parts import load_scorer
    from recipe_study.improving.improve import STAGE, improve, show
    from recipe_study.improving.rounds import Drawing, Improvement, make_rounds
    from recipe_study.plan import Plan
    from recipe_study.runner import tell_failures
    from recipe_study.watching import watching

    folder: Path = arguments.folder
    data_of(arguments)
    load_scorer(arguments.scorer)  # to be named now, and not after the first training
    settings = settings_of(arguments, seeds=(arguments.seed,))
    explored = replace(settings.sampler, temperature=arguments.explore)
    if explored.greedy or arguments.samples < 2:
        raise TopochefError("samples must differ: --explore above 0, and two or more --samples")
    drawing = Drawing(arguments.samples, arguments.limit, explored, arguments.scorer)
    improvement = Improvement(settings, arguments.rounds, drawing)
    with watching(Plan(make_rounds(improvement), ()), 1) as watch:
        outcomes = improve(improvement, folder, watch)
    show(read_manifest(folder)[STAGE])
    return tell_failures(outcomes[-1:])
