"""`recipe-eval`: a run writes, is scored, compared, judged, and learns from what it wrote."""

from __future__ import annotations

import argparse
from importlib import import_module

from recipe_base import commands

COMMANDS = (
    "recipe_eval.generating",
    "recipe_eval.floors",
    "recipe_eval.retrieval",
    "recipe_eval.tuning",
    "recipe_eval.preferring",
    "recipe_eval.crediting",
    "recipe_eval.rewarding",
    "recipe_eval.scoring",
    "recipe_eval.reporting",
    "recipe_retention",
    "recipe_judges",
    "recipe_eval.likelihood",
    "recipe_eval.questions",
    "recipe_study",
    "recipe_study.improving",
)
"""Packages whose `cli` adds commands, in the order of the help; by name, since some stand on us."""


def main(argv: list[str] | None = None) -> int:
    """Run `recipe-eval` and return its exit status."""
    return commands.main(_parser(), argv)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="recipe-eval", description="Generate recipes, score them against gold, report."
    )
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for package in COMMANDS:
        import_module(f"{package}.cli").add_parsers(subparsers)
    return parser
