"""Which kind a source is, by its name, and what is known of it before it is read."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from recipe_base.discovery import declared
from recipe_base.errors import TopochefError
from recipe_data.building.sources.fields import Choose, Progress, Rows, choose_all
from recipe_data.building.sources.source import Source


@cache
def sources() -> tuple[Source, ...]:
    """Return the kinds of sources, endings of files first: to add one is to add its file."""
    found: list[Source] = declared("recipe_data.building.sources", Source)
    return tuple(sorted(found, key=lambda source: source.title))


def kinds() -> str:
    """Name the kinds of sources.

    >>> kinds().split(", ")[0], kinds().split(", ")[-1]
    ('.csv[.gz]', 'or hf:owner/name[:split]')
    """
    *titles, last = (kind.title for kind in sources())
    return f"{', '.join(titles)}, or {last}"


def read_source(
    source: Path | str, progress: Progress = lambda _: None, choose: Choose = choose_all
) -> Rows:
    """Yield every row of a source, numbered from 1: a recipe, or a rejection with its reason.

    A row whose title `choose` refuses is a `Rejection` with its reason. `progress` is told how much
    of `source_size` has been used. Raises `TopochefError` where the source itself is unknown,
    missing or damaged.
    """
    return _kind(source).read(source, progress, choose)


def source_size(source: Path | str) -> int | None:
    """Return what `progress` counts up to: bytes of files; None where it is not known."""
    return _kind(source).size(source)


def source_files(source: Path) -> list[Path]:
    """Return the files that are read of a path."""
    return _kind(source).files(source)


def identity(source: Path | str) -> dict[str, Any]:
    """Return what tells this content of a source from another, for the record of a build."""
    return _kind(source).facts(source)


def kind_of_file(path: Path) -> Source | None:
    """Return what reads a file of this name; None where nothing does."""
    return next((kind for kind in sources() if kind.endings and kind.takes(path)), None)


def file_kinds() -> str:
    """Name the endings of the files that are read."""
    return ", ".join(ending for kind in sources() for ending in kind.endings)


def _kind(source: Path | str) -> Source:
    for kind in sources():
        if kind.takes(source):
            return kind
    raise TopochefError(f"{source}: unknown kind of source: give {kinds()}, or convert it to one")
