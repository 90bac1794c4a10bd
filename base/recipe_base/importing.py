"""What a command line names by its import path: `package.module:name`."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from recipe_base.errors import TopochefError


def imported(path: str, option: str) -> Any:
    """Return what `package.module:name` names; modules of the working directory are found too.

    Raises `TopochefError` naming the option where there is no such module or name.

    >>> imported("json:dumps", "--writer")([1])
    '[1]'
    >>> imported("json.dumps", "--writer")
    Traceback (most recent call last):
    recipe_base.errors.TopochefError: --writer json.dumps: write package.module:name
    """
    module, colon, name = path.partition(":")
    if not (module and colon and name):
        raise TopochefError(f"{option} {path}: write package.module:name")
    here = str(Path.cwd())
    if here not in sys.path:  # an installed command has only its own folder there
        sys.path.append(here)
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise TopochefError(
            f"{option} {path} cannot be imported ({error}): name a module that is installed, or "
            f"one below {here}"
        ) from error
