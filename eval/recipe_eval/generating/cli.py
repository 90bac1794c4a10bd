"""The command `recipe-eval generate`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from recipe_base.arguments import positive
from recipe_base.commands import command
from recipe_base.errors import TopochefError
from recipe_base.runs import Run
from recipe_base.writer import inside
from recipe_data.sampling import GREEDY
from recipe_data.sampling_arguments import add_sampler, sampler_of
from recipe_data.schema import WHOLE
from recipe_eval.generating.session import Session, add_model, add_part
from recipe_kitchen.asking import Decoder
from recipe_kitchen.choosing import FIRST, add_choose


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those of `recipe-eval`."""
    generate = commands.add_parser("generate", help="write a recipe for every test title")
    add_model(generate)
    generate.add_argument("--limit", type=positive, help="only the first N test titles")
    generate.add_argument(
        "--tries", type=positive, default=3, help="times to ask, each with a new seed, for a recipe"
    )
    generate.add_argument(
        "--greedy",
        type=positive,
        metavar="N",
        help="beside them, the first N titles with the likeliest token each time",
    )
    generate.add_argument(
        "--without-neighbours",
        action="store_true",
        help="ask without the recipes that the prompts of a build with --ground lean on",
    )
    add_choose(generate, FIRST)
    add_part(generate, "into RUN/lists")
    add_sampler(generate)
    command(generate, _generate, writes=inside("run"))


def _generate(arguments: argparse.Namespace) -> None:
    run: Path = arguments.run
    session = Session(arguments)
    sampler, tries = sampler_of(arguments), arguments.tries
    choose, part = arguments.choose, arguments.part
    decoder = Decoder(arguments.max_tokens, sampler, arguments.seed, tries, choose, part)
    if part != WHOLE:
        if choose.rule == "checked" or arguments.greedy:
            raise TopochefError(
                f"--part {part}: a list is not checked, nor written greedily beside: leave out "
                f"{'--greedy' if arguments.greedy else f'--choose {choose}'}"
            )
        run = Run(run).lists.folder
    bare = arguments.without_neighbours
    _tell(run, *session.predict(run, decoder, arguments.limit, without_neighbours=bare))
    if arguments.greedy:
        count = min(arguments.greedy, arguments.limit or arguments.greedy)
        folder = Run(run).greedy.folder
        likeliest = decoder._replace(sampler=GREEDY)
        _tell(folder, *session.predict(folder, likeliest, count, without_neighbours=bare))


def _tell(folder: Path, facts: dict[str, Any], new: bool) -> None:
    if not new:
        print(f"{folder}: already generated")
        return
    failed = sum(facts["failures"].values())
    reasons = "".join(f", {count} {reason}" for reason, count in facts["failures"].items())
    speed = facts["last_session"]["tokens_per_second"]
    pace = f" at {speed:.0f} tokens/s" if speed else ""
    notes = (("asked again", "asked_again"), ("rewound", "rewound"), ("repeat", "repeating"))
    more = "".join(f"; {facts[key]} {words}" for words, key in notes if facts[key])
    print(
        f"{folder}: {facts['rows']} recipes{pace} ({facts['rows'] - failed} valid{reasons}{more})"
    )
