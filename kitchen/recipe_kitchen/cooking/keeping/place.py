"""Where the history lies, and the two options of every command that keeps or reads it."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from recipe_base.errors import TopochefError

NAME = "history.sqlite"


def default_file() -> Path:
    """Return the history of this user, by the conventions of the platform.

    That is below `XDG_DATA_HOME` where it is an absolute path, else below
    `~/Library/Application Support` on macOS and `~/.local/share` elsewhere. Raises
    `TopochefError` for a user without a home.
    """
    named = Path(os.environ.get("XDG_DATA_HOME", ""))
    usual = "Library/Application Support" if sys.platform == "darwin" else ".local/share"
    try:
        folder = named if named.is_absolute() else Path.home() / usual
    except RuntimeError as error:
        raise TopochefError(
            "this user has no home folder for the history: name a file with --history"
        ) from error
    return folder / "topochef" / NAME


def chosen_file(arguments: argparse.Namespace) -> Path | None:
    """Return where a recipe is kept, None where it is not: because nobody wants it, or warned."""
    try:
        return None if arguments.no_history else arguments.history or default_file()
    except TopochefError as error:
        print(f"warning: nothing is kept: {error}", file=sys.stderr)
        return None


def add_file(parser: argparse._ActionsContainer, default: Any = None) -> None:
    """Add `--history FILE`."""
    parser.add_argument(
        "--history",
        type=Path,
        metavar="FILE",
        default=default,
        help=f"where what was cooked is kept (default: topochef/{NAME} in your data folder)",
    )


def add_history(parser: argparse.ArgumentParser) -> None:
    """Add what says whether and where a recipe is kept."""
    kept = parser.add_mutually_exclusive_group()
    add_file(kept)
    kept.add_argument("--no-history", action="store_true", help="do not keep the recipe")
