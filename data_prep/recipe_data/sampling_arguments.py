"""The options of every command that draws texts: one set of them, read in one place."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from recipe_base.errors import TopochefError
from recipe_data.sampling import DEFAULT, RANGES, WINDOW_TOKENS, Sampler, option

HELP = {
    "temperature": "0 takes the likeliest token",
    "top_p": "draw among the likeliest tokens that make up this share; 1 is off",
    "min_p": "and only those with this share of the likeliest one's chance; 0 is off",
    "repeat_penalty": f"what divides the logits of the last {WINDOW_TOKENS} tokens; 1 is off",
    "top_k": "draw among so many likeliest tokens; 0 is off",
}


def add_sampler(command: argparse.ArgumentParser, *, seed: bool = True) -> None:
    """Add the options of a command that draws texts; `sampler_of` reads them."""
    group = command.add_argument_group("drawing of tokens")
    for name, words in HELP.items():
        group.add_argument(
            option(name),
            type=reader(name),
            metavar="X",
            help=f"{words} (default {getattr(DEFAULT, name):g})",
        )
    group.add_argument(
        "--sampler",
        type=Path,
        metavar="FILE",
        help="take what is not given here from RUN/sampler.json of `recipe-eval tune-sampler`",
    )
    if seed:
        group.add_argument("--seed", type=int, default=0, help="of what is drawn (default 0)")


def sampler_of(arguments: argparse.Namespace) -> Sampler:
    """Return what the options of `add_sampler` say.

    Raises `TopochefError` if `--sampler` names no result of a search.
    """
    base = read_sampler(arguments.sampler) if arguments.sampler else DEFAULT
    given = {name: getattr(arguments, name) for name in HELP}
    return replace(base, **{name: value for name, value in given.items() if value is not None})


def options_of(sampler: Sampler) -> tuple[str, ...]:
    """Write a sampler as the options that `add_sampler` reads.

    >>> from recipe_data.sampling import GREEDY
    >>> options_of(GREEDY)[:4]
    ('--temperature', '0', '--top-p', '1')
    """
    return tuple(part for name in HELP for part in (option(name), f"{getattr(sampler, name):g}"))


def read_sampler(path: Path) -> Sampler:
    """Return the sampler that a search chose; raises `TopochefError` if the file is none."""
    made_by = "`recipe-eval tune-sampler RUN` writes such a file"
    try:
        chosen = json.loads(path.read_text(encoding="utf-8"))["chosen"]
        return Sampler.from_dict(chosen)
    except OSError as error:
        raise TopochefError(f"--sampler {path} cannot be read: {made_by}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TopochefError(f"--sampler {path} holds no chosen sampler: {made_by}") from error


def reader(name: str) -> Callable[[str], float]:
    """Return what reads a setting from the command line."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not RANGES[name].holds(value):
            raise argparse.ArgumentTypeError(f"{text!r} is not {RANGES[name].words}")
        return value

    return read
