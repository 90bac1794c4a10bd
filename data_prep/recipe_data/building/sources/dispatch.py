"""Which format a source has, by its name, and what is known of it before it is read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from recipe_base.errors import TopochefError
from recipe_base.files import fingerprint, sha256
from recipe_data.building.sources import hub
from recipe_data.building.sources.fields import Choose, Progress, Rows, choose_all
from recipe_data.building.sources.jsonfile import read_json
from recipe_data.building.sources.lines import read_json_lines
from recipe_data.building.sources.pages import PAGES, pages_in, read_page, read_pages
from recipe_data.building.sources.parquet import read_parquet
from recipe_data.building.sources.recipenlg import read_csv

Reader = Callable[[Path, Progress, Choose], Rows]

READERS: dict[str, Reader] = {
    ".csv": read_csv,
    ".jsonl": read_json_lines,
    ".json": read_json,
    ".jsonld": read_json,
    ".parquet": read_parquet,
    **dict.fromkeys(PAGES, read_page),
}
_NEVER_ZIPPED = (".parquet",)  # it is compressed inside


def read_source(
    source: Path | str, progress: Progress = lambda _: None, choose: Choose = choose_all
) -> Rows:
    """Yield every row of a source, numbered from 1: a recipe, or a rejection with its reason.

    A source is a file with one of the endings of `READERS` (also `.gz`), a folder of web pages, or
    `hf:owner/name[:split]`. A row whose title `choose` refuses is a `Rejection` with its reason.
    `progress` is told how much of `source_size` has been used. Raises `TopochefError` where the
    source itself is missing or damaged.
    """
    if hub.is_dataset(source):
        return hub.read_dataset(str(source), progress, choose)
    path = Path(source)
    ending = path.name.lower()
    zipped = ending.endswith(".gz")
    ending = "." + ending.removesuffix(".gz").rpartition(".")[2]
    if ending in READERS and not (zipped and ending in _NEVER_ZIPPED):
        return READERS[ending](path, progress, choose)
    if path.is_dir():
        return read_pages(path, progress, choose)
    raise TopochefError(
        f"{path}: unknown kind of source: give {', '.join(READERS)} (all but .parquet also .gz), "
        "a folder of web pages, or hf:owner/name[:split]"
    )


def source_size(source: Path | str) -> int | None:
    """Return what `progress` counts up to: bytes of files; None where it is not known."""
    if hub.is_dataset(source):
        return None
    return sum(file.stat().st_size for file in _files(Path(source)))


def identity(source: Path | str) -> dict[str, Any]:
    """Return what tells this content of a source from another, for the record of a build."""
    if hub.is_dataset(source):
        return {"source": str(source), "revision": hub.revision(str(source))}
    path = Path(source)
    if not path.exists():
        raise TopochefError(f"{path} does not exist: give the path of a recipe file")
    hashes = {str(file.relative_to(path)): sha256(file) for file in _files(path)}
    return {"source": path.name, "sha256": fingerprint(hashes) if path.is_dir() else hashes["."]}


def _files(path: Path) -> list[Path]:
    return pages_in(path) if path.is_dir() else [path]
