"""The command `recipe-eval prefer`."""

from __future__ import annotations

import argparse

from recipe_base.arguments import positive
from recipe_base.commands import command
from recipe_base.runs import Run
from recipe_base.writer import inside
from recipe_eval.preferring.choosing import Guards
from recipe_eval.sampling.asked import Asked, training_requests
from recipe_eval.sampling.draw import add_drawing, draw_samples


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those of `recipe-eval`."""
    usual = Guards()
    prefer = commands.add_parser(
        "prefer", help="draw recipes of training titles, and write best and worst as pairs for DPO"
    )
    add_drawing(prefer)
    prefer.add_argument(
        "--gap", type=_share, default=usual.gap, help=f"least in Recipe F1 (default {usual.gap})"
    )
    prefer.add_argument(
        "--lines",
        type=positive,
        default=usual.lines,
        help=f"most by which lists, and steps, differ (default {usual.lines})",
    )
    command(prefer, _prefer, writes=inside("run", "into"))


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
    from recipe_eval.preferring.prefer import prefer

    run, data = Run(arguments.into or arguments.run), arguments.data
    requests = training_requests(data, arguments.limit)
    drawn = draw_samples(arguments, Asked(requests))
    facts = prefer(run, data, requests, drawn.runs, Guards(arguments.gap, arguments.lines))
    print(drawn.pace)
    print(f"{run.preferences.path}: {facts['pairs']} pairs of {facts['titles']} training titles")
    print(
        f"Recipe F1 {facts['chosen']:.3f} against {facts['rejected']:.3f}, lists longer by "
        f"{facts['longer_lists']:+.2f} lines"
    )
    for reason, titles in facts["left_out"].items():
        print(f"{titles} titles left out: {reason}")
