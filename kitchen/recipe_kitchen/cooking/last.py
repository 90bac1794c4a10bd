"""The recipe that was cooked last on this machine, so that questions can be about it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from recipe_base.errors import TopochefError
from recipe_data.schema import Recipe
from recipe_kitchen.cooking.reading import read_file
from recipe_kitchen.cooking.ready import ReadyRecipe

NAME = "last.json"


def last_file() -> Path:
    """Return where it lies, by the conventions of the platform: below `XDG_DATA_HOME`."""
    named = Path(os.environ.get("XDG_DATA_HOME", ""))
    usual = "Library/Application Support" if sys.platform == "darwin" else ".local/share"
    try:
        folder = named if named.is_absolute() else Path.home() / usual
    except RuntimeError as error:
        raise TopochefError(
            "this user has no home folder: give the recipe with --recipe"
        ) from error
    return folder / "topochef" / NAME


def keep_last(dish: ReadyRecipe) -> None:
    """Remember a dish; where that cannot be written, a later question says that there is none."""
    from recipe_kitchen.cooking.texts import as_json

    try:
        path = last_file()
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{NAME}.{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(as_json(dish), "utf-8")
        fresh.replace(path)
    except (OSError, TopochefError) as error:
        print(f"warning: the recipe was not kept for questions: {error}", file=sys.stderr)


def last_recipe() -> Recipe | None:
    """Return the recipe that was cooked last; None where there is none."""
    path = last_file()
    return read_file(path) if path.exists() else None
