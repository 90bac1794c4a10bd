"""The YAML files that the knowledge base is written in."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from recipe_data.curated_files import read_yaml


def read_files(folder: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the name and the content of each YAML file of a folder, in the order of the names."""
    place = files("recipe_data.demo").joinpath(folder)
    for file in sorted(place.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".yaml"):
            yield file.name.removesuffix(".yaml"), read_yaml(file)
