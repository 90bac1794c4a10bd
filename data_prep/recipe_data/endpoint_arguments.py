"""The arguments of commands that may ask a language model."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from recipe_base.errors import TopochefError

if TYPE_CHECKING:
    from recipe_data.converters import Converter
    from recipe_data.endpoints import Endpoint


def add_endpoint(command: argparse.ArgumentParser, *, required: bool) -> None:
    """Add which model is asked, and where its answers are remembered."""
    from recipe_data.endpoints import forms

    command.add_argument(
        "--endpoint",
        metavar="SPEC",
        required=required,
        help=("" if required else "for --converter llm: ") + forms(),
    )
    command.add_argument(
        "--cache",
        type=Path,
        metavar="FILE",
        help="remembers its answers (default: answers.sqlite beside the output)",
    )


def add_converter(command: argparse.ArgumentParser) -> None:
    """Add who reads the lines and steps of recipes."""
    command.add_argument(
        "--converter",
        choices=("rules", "llm"),
        default="rules",
        help="what reads amounts, actions, times and temperatures: our own rules (default), or a "
        "language model that is checked against them",
    )
    add_endpoint(command, required=False)


def converter(arguments: argparse.Namespace) -> Converter:
    """Return the chosen converter; raises `TopochefError` where half of the choice is missing."""
    from recipe_data.converters import RULES

    if arguments.converter == "rules":
        if arguments.endpoint or arguments.cache:
            raise TopochefError("--endpoint and --cache serve --converter llm alone: add it")
        return RULES
    if not arguments.endpoint:
        from recipe_data.endpoints import forms

        raise TopochefError(f"--converter llm needs --endpoint: {forms()}")
    from recipe_data.converters.llm import LanguageModel

    return LanguageModel(remembering_endpoint(arguments))


def remembering_endpoint(arguments: argparse.Namespace) -> Endpoint:
    """Return the endpoint of `--endpoint`, with its answers kept in `--cache`."""
    from recipe_data.endpoints import endpoint
    from recipe_data.endpoints.cache import DEFAULT_NAME, Cached

    path = arguments.cache or arguments.output.absolute().parent / DEFAULT_NAME
    return Cached(endpoint(arguments.endpoint), path)
