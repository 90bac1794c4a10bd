"""The command `recipe-eval credit`."""

from __future__ import annotations

import argparse

from recipe_base.commands import command
from recipe_base.errors import TopochefError
from recipe_base.runs import Run
from recipe_base.writer import inside
from recipe_eval.crediting.parts import SCORER
from recipe_eval.sampling.asked import Asked, asked_of_task, training_requests
from recipe_eval.sampling.draw import add_drawing, draw_samples


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those of `recipe-eval`."""
    credit = commands.add_parser(
        "credit",
        help="draw answers to training titles, and write them as rows with a credit for each part",
    )
    add_drawing(credit)
    credit.add_argument(
        "--scorer",
        default=SCORER,
        metavar="PACKAGE.MODULE:FUNCTION",
        help=f"what parts of an answer are worth against gold (default {SCORER})",
    )
    credit.add_argument(
        "--task", help="ask the rows of this task instead of recipes by their titles"
    )
    credit.add_argument(
        "--schema",
        metavar="PACKAGE.MODULE:NAME",
        help="the JSON schema that answers of --task obey (default: none, any text)",
    )
    command(credit, _credit, writes=inside("run", "into"))


def _credit(arguments: argparse.Namespace) -> None:
    from recipe_eval.crediting.credit import credit
    from recipe_eval.crediting.parts import load_scorer

    run, data = Run(arguments.into or arguments.run), arguments.data
    scorer = load_scorer(arguments.scorer)
    asked = _asked(arguments)
    drawn = draw_samples(arguments, asked)
    facts = credit(run, data, asked, drawn.runs, scorer, arguments.scorer)
    signs = ", ".join(f"{count:,} {sign}" for sign, count in facts["credits"].items())
    scores = ", ".join(f"{kind} {mean:.3f}" for kind, mean in facts["scores"].items())
    print(drawn.pace)
    print(f"{run.credited.path}: {facts['rows']:,} rows of {facts['titles']:,} training titles")
    print(f"Credits: {signs}. Mean scores: {scores}")
    for reason, titles in facts["left_out"].items():
        print(f"{titles:,} titles left out: {reason}")
    if asked.held_out:
        print(f"{asked.held_out:,} prompts left out: validation or test has them too")


def _asked(arguments: argparse.Namespace) -> Asked:
    from recipe_base.importing import imported

    if arguments.task is None:
        if arguments.schema:
            raise TopochefError("--schema is of a --task: a recipe has its own")
        return Asked(training_requests(arguments.data, arguments.limit))
    schema = imported(arguments.schema, "--schema") if arguments.schema else None
    return asked_of_task(arguments.data, arguments.task, schema, arguments.limit)
