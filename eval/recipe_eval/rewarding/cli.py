"""The command `recipe-eval prompts`."""

from __future__ import annotations

import argparse
from pathlib import Path

from recipe_base.arguments import positive
from recipe_base.commands import command
from recipe_base.writer import inside


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those of `recipe-eval`."""
    prompts = commands.add_parser(
        "prompts", help="write the training titles with their gold, for GRPO to draw and reward"
    )
    prompts.add_argument("data", type=Path, help="folder of the splits; gets prompts.jsonl")
    prompts.add_argument("--limit", type=positive, help="only the first N training titles")
    command(prompts, _prompts, writes=inside("data"))


def _prompts(arguments: argparse.Namespace) -> None:
    from recipe_eval.rewarding.prompts import prompts_of, write_prompts

    count = write_prompts(arguments.data, arguments.limit)
    print(f"{prompts_of(arguments.data).path}: {count} prompts with their gold")
