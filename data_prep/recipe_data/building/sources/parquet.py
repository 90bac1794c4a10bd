"""Local parquet files, read in batches: memory holds one batch, whatever the file's size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from recipe_base.errors import TopochefError
from recipe_data.building.sources.extras import needed
from recipe_data.building.sources.fields import Choose, Progress, Rows, UnusableError
from recipe_data.building.sources.names import check_columns
from recipe_data.building.sources.objects import from_object
from recipe_data.building.sources.source import by_ending

BATCH_ROWS = 256


def read_parquet(path: Path, progress: Progress, choose: Choose) -> Rows:
    """Yield the rows of a `.parquet` file; a row that is not chosen is not decoded."""
    parquet = needed("pyarrow.parquet", path)
    if not path.is_file():
        problem = "cannot be read: it is a folder" if path.exists() else "does not exist"
        raise TopochefError(f"{path} {problem}: give the path of a recipe file")
    try:
        with parquet.ParquetFile(path) as file:
            names = check_columns(path, file.schema_arrow.names)
            size, total = path.stat().st_size, max(1, file.metadata.num_rows)
            number = 0
            for batch in file.iter_batches(BATCH_ROWS, columns=names, use_threads=False):
                columns = {name: batch.column(name) for name in names}
                yield from _rows(number + 1, batch.num_rows, columns, choose)
                number += batch.num_rows
                progress(size * number // total)
            progress(size)
    except (OSError, needed("pyarrow", path).ArrowException) as error:
        reason = str(error).splitlines()[0][:200]
        raise TopochefError(
            f"{path} is damaged or no parquet ({reason}): fetch it again"
        ) from error


class _Cells(Mapping[str, Any]):
    """One row of a batch, each cell decoded when it is asked for."""

    def __init__(self, columns: dict[str, Any], row: int) -> None:
        self._columns, self._row = columns, row

    def __getitem__(self, name: str) -> Any:
        try:
            return self._columns[name][self._row].as_py()
        except UnicodeDecodeError as error:
            raise UnusableError("invalid UTF-8", f"{name}: byte {error.start}") from error

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


def _rows(first: int, size: int, columns: dict[str, Any], choose: Choose) -> Rows:
    for i in range(size):
        try:
            yield from_object(first + i, _Cells(columns, i), choose)
        except UnusableError as problem:
            yield problem.rejection(first + i)


SOURCE = by_ending(".parquet", read=read_parquet, zipped=False)  # it is compressed inside
