"""How the curated files are read."""

from __future__ import annotations

from importlib.resources.abc import Traversable
from typing import Any


def read_yaml(path: Traversable) -> Any:
    """Return what a YAML file holds, with the fast loader where it is built in."""
    import yaml  # what reads no curated file starts without it

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(path.read_text(encoding="utf-8"), loader)
