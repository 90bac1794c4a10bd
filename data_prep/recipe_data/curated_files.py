"""How the curated files are read."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any


def read_yaml(path: Traversable) -> Any:
    """Return what a YAML file holds, with the fast loader where it is built in."""
    import yaml  # what reads no curated file starts without it

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(path.read_text(encoding="utf-8"), loader)


def read_packaged(package: str, file: str) -> Any:
    """Return what a YAML file of a package holds."""
    return read_yaml(files(package).joinpath(file))


def read_folder(package: str, folder: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the name and the content of each YAML file of a folder, in the order of the names."""
    for file in sorted(files(package).joinpath(folder).iterdir(), key=lambda file: file.name):
        if file.name.endswith(".yaml"):
            yield file.name.removesuffix(".yaml"), read_yaml(file)
