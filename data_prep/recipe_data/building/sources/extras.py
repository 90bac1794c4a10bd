"""Libraries that only some sources need: imported when one is read."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from recipe_base.errors import TopochefError


def needed(module: str, source: object) -> Any:
    """Import a module of the extra `data`; say how to get it where it is missing."""
    try:
        return import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise TopochefError(
            f"{source}: reading it needs {package}: run `pip install 'topochef[data]'`"
        ) from error
