"""Datasets of the Hugging Face hub, streamed: `hf:owner/name` or `hf:owner/name:split`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.errors import TopochefError
from recipe_data.building.sources.extras import needed
from recipe_data.building.sources.fields import Choose, Progress, Rows, UnusableError
from recipe_data.building.sources.names import check_columns
from recipe_data.building.sources.objects import from_object
from recipe_data.building.sources.source import Source

PREFIX = "hf:"


class Dataset(NamedTuple):
    """What names a part of a dataset."""

    name: str  # owner/name on the hub, or a local folder that `datasets` can load
    split: str


def is_dataset(source: Path | str) -> bool:
    """Tell a dataset from a file.

    >>> is_dataset("hf:owner/recipes"), is_dataset(Path("recipes.csv"))
    (True, False)
    """
    return str(source).startswith(PREFIX)


def parse_dataset(source: str) -> Dataset:
    """Read `hf:owner/name[:split]`.

    >>> parse_dataset("hf:owner/recipes"), parse_dataset("hf:owner/recipes:test").split
    (Dataset(name='owner/recipes', split='train'), 'test')
    """
    name, _, split = source.removeprefix(PREFIX).partition(":")
    if not name:
        raise TopochefError(
            f"{source}: no dataset named: give hf:owner/name or hf:owner/name:split"
        )
    return Dataset(name, split or "train")


def read_dataset(source: Path | str, progress: Progress, choose: Choose) -> Rows:
    """Yield the rows of a dataset as they arrive; nothing is kept on disk."""
    source = str(source)
    split = parse_dataset(source).split
    builder = _builder(source)
    try:
        rows = iter(builder.as_streaming_dataset(split=split))
        for number, row in enumerate(rows, 1):
            if number == 1:
                check_columns(source, list(row))
            if number % 256 == 0:
                progress(number)
            try:
                yield from_object(number, row, choose)
            except UnusableError as problem:
                yield problem.rejection(number)
    except TopochefError:
        raise
    except Exception as error:  # loaders raise whatever the hub, the network or the files make them
        raise _failed(source, error) from error


def _builder(source: str) -> Any:
    datasets = needed("datasets", source)
    try:
        return datasets.load_dataset_builder(parse_dataset(source).name)
    except Exception as error:  # the same
        raise _failed(source, error) from error


def _failed(source: str, error: Exception) -> TopochefError:
    reason = " ".join(str(error).split())[:300]
    return TopochefError(
        f"{source} cannot be read ({type(error).__name__}: {reason}): check the name, the split "
        "and the connection (HF_HUB_OFFLINE unset), or download it and give its parquet file"
    )


class _Datasets(Source):
    """Datasets of the hub, of which only the commit is known before they are read."""

    def size(self, source: Path | str) -> None:
        """Return nothing: rows are streamed."""

    def facts(self, source: Path | str) -> dict[str, Any]:
        """Return the name and the hub's commit."""
        return {"source": str(source), "revision": str(_builder(str(source)).hash)}


SOURCE = _Datasets(f"{PREFIX}owner/name[:split]", is_dataset, read_dataset)
