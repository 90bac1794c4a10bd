"""The commands `recipe-data shuffle` and `ration`: what is trained, beside what `build` wrote."""

from __future__ import annotations

import argparse
from pathlib import Path

from recipe_base import writer
from recipe_base.arguments import positive
from recipe_base.commands import command


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands to those of `recipe-data`."""
    shuffle = commands.add_parser(
        "shuffle", help="write the training recipes under other titles: a control"
    )
    shuffle.add_argument("data", type=Path, help="folder that `build` wrote")
    shuffle.add_argument("--output", type=Path, required=True, help="the .jsonl file")
    shuffle.add_argument("--seed", type=int, default=0, help="of the draw (default 0)")
    command(shuffle, _shuffle, writes=writer.beside("output"))

    ration = commands.add_parser(
        "ration", help="take rows of files, up to a number of trained tokens"
    )
    ration.add_argument("files", type=Path, nargs="+", help="chat rows, or preferences")
    ration.add_argument("--tokens", type=positive, required=True, help="to be trained in all")
    ration.add_argument(
        "--tokenizer", metavar="NAME_OR_PATH", required=True, help="of the model that learns"
    )
    ration.add_argument(
        "--output", type=Path, required=True, help="folder for a file of each one's name"
    )
    ration.add_argument(
        "--sequence-len", type=positive, metavar="N", help="leave out rows of more tokens"
    )
    ration.add_argument("--seed", type=int, default=0, help="of the draw (default 0)")
    command(ration, _ration, writes=writer.inside("output"))


def _shuffle(arguments: argparse.Namespace) -> None:
    from recipe_data.shuffling import write_shuffled

    count = write_shuffled(arguments.data, arguments.output, arguments.seed)
    print(f"{arguments.output}: {count:,} recipes, each under another title")


def _ration(arguments: argparse.Namespace) -> None:
    from recipe_data.rationing import Ration, ration

    given = arguments
    asked = Ration(given.tokens, given.tokenizer, given.seed, given.sequence_len)
    facts = ration(given.files, asked, given.output)
    for name, count in facts["rows"].items():
        tokens = facts["tokens_by_file"][name]
        print(f"{given.output / name}: {count:,} rows, {tokens:,} trained tokens")
    print(
        f"{facts['tokens']:,} trained tokens, {facts['passes']:.2f} times through the rows; "
        f"{facts['left_out']:,} left out, longer or untrained"
    )
