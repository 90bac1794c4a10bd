"""Sources of recipes, one format a file: every row becomes a recipe or a counted rejection."""

from recipe_data.building.sources.dispatch import (
    identity,
    kinds,
    read_source,
    source_files,
    source_size,
)
from recipe_data.building.sources.fields import MAX_ROW_BYTES, Choose, Rows, readable
from recipe_data.building.sources.recipenlg import CSV_HEADER

__all__ = [
    "CSV_HEADER",
    "MAX_ROW_BYTES",
    "Choose",
    "Rows",
    "identity",
    "kinds",
    "read_source",
    "readable",
    "source_files",
    "source_size",
]
