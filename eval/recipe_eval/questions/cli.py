"""The command `recipe-eval questions`."""

from __future__ import annotations

import argparse
from pathlib import Path

from recipe_base.arguments import positive
from recipe_base.commands import command
from recipe_base.runs import Run
from recipe_base.writer import inside
from recipe_data.sampling_arguments import add_sampler, sampler_of
from recipe_eval.generating.session import Session, add_model
from recipe_kitchen.asking import Decoder


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those of `recipe-eval`."""
    questions = commands.add_parser(
        "questions", help="answer the test split's questions, and score the answers beside floors"
    )
    add_model(questions)
    questions.add_argument(
        "--limit", type=positive, help="only the first N questions about recipes of every task"
    )
    questions.add_argument(
        "--tries", type=positive, default=3, help="times to ask, each with a new seed"
    )
    add_sampler(questions)
    command(questions, _questions, writes=inside("run"))


def _questions(arguments: argparse.Namespace) -> None:
    from recipe_eval.questions.answer import answer
    from recipe_eval.questions.score import score
    from recipe_eval.questions.table import show_run

    run: Path = arguments.run
    decoder = Decoder(arguments.max_tokens, sampler_of(arguments), arguments.seed, arguments.tries)
    facts, new = answer(Session(arguments), run, arguments.data, decoder, arguments.limit)
    summary = score(run, arguments.data)
    failures = "".join(f", {len(ids)} {why}" for why, ids in summary["failures"].items())
    done = "" if new else ", already there"
    print(f"{Run(run).questions.folder}: {facts['rows']} answers{failures}{done}")
    show_run(run)
