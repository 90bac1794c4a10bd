"""The command `recipe-eval prefer`."""

from __future__ import annotations

import argparse

from recipe_base.arguments import positive
from recipe_base.commands import command
from recipe_base.datasets import TRAIN_FILE
from recipe_base.errors import TopochefError
from recipe_base.files import fingerprint
from recipe_base.runs import Run
from recipe_base.writer import inside
from recipe_data.sampling_arguments import add_sampler, sampler_of
from recipe_eval.generating.generate import inputs_of
from recipe_eval.generating.session import Session, add_model
from recipe_eval.preferring.choosing import Guards
from recipe_kitchen.asking import Decoder

FOLDER = "samples"


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those of `recipe-eval`."""
    usual = Guards()
    prefer = commands.add_parser(
        "prefer", help="draw recipes of training titles, and write best and worst as pairs for DPO"
    )
    add_model(prefer, parallel=16)
    prefer.add_argument("--limit", type=positive, help="only the first N training titles")
    prefer.add_argument("--samples", type=positive, default=8, help="recipes a title (default 8)")
    prefer.add_argument(
        "--gap", type=_share, default=usual.gap, help=f"least in Recipe F1 (default {usual.gap})"
    )
    prefer.add_argument(
        "--lines",
        type=positive,
        default=usual.lines,
        help=f"most by which lists, and steps, differ (default {usual.lines})",
    )
    add_sampler(prefer)
    command(prefer, _prefer, writes=inside("run"))


def _share(text: str) -> float:
    """Read a gap.

    >>> _share("0.2")
    0.2
    """
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0, and 1 at most")
    return value


def _prefer(arguments: argparse.Namespace) -> None:
    from recipe_eval.preferring.prefer import prefer, training_requests

    run, data = Run(arguments.run), arguments.data
    sampler, count = sampler_of(arguments), arguments.samples
    if sampler.greedy or count < 2:
        raise TopochefError(
            "one and the same recipe is no pair: draw at a --temperature above 0, and two or more "
            "--samples"
        )
    requests = training_requests(data, arguments.limit)
    session = Session(arguments)
    drawn = []
    for number in range(count):
        # It asks once: a failure is no recipe, and another sample takes its place.
        decoder = Decoder(arguments.max_tokens, sampler, arguments.seed + number, tries=1)
        inputs = inputs_of(session.model, data, decoder, arguments.limit, session.batch, TRAIN_FILE)
        folder = run.folder / FOLDER / fingerprint(inputs)[:12]
        label = f"Cooking the training titles ({number + 1} of {count})"
        session.write(folder, requests, decoder, inputs, label)
        drawn.append(Run(folder))
    facts = prefer(run, data, requests, drawn, Guards(arguments.gap, arguments.lines))
    print(f"{run.preferences.path}: {facts['pairs']} pairs of {facts['titles']} training titles")
    print(
        f"Recipe F1 {facts['chosen']:.3f} against {facts['rejected']:.3f}, lists longer by "
        f"{facts['longer_lists']:+.2f} lines"
    )
    for reason, titles in facts["left_out"].items():
        print(f"{titles} titles left out: {reason}")
