"""Ratings by people: a CSV file with a row for each item, rater and criterion."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recipe_base.errors import TopochefError

COLUMNS = ("item", "rater", "criterion", "rating")


class Ratings(NamedTuple):
    """The ratings of one criterion."""

    criterion: str
    items: tuple[str, ...]
    raters: tuple[str, ...]
    values: tuple[str, ...]
    """The different ratings, in order; numbers by size."""
    codes: NDArray[np.int64]
    """Items × raters: the index of each rating among `values`, -1 where it is missing."""

    @property
    def numbers(self) -> NDArray[np.float64] | None:
        """Return the values as numbers, or None where they are words."""
        read = [_number(value) for value in self.values]
        return None if None in read else np.array(read, dtype=np.float64)


def read_ratings(files: Sequence[Path]) -> list[Ratings]:
    """Read the ratings of all files together, one result a criterion, in the order of the files.

    Columns beside `item`, `rater`, `criterion` and `rating` are ignored. A row without a rating is
    a missing value; a row without a rater is by the rater after whom the file is named. Raises
    `TopochefError` if a column is missing, if a rater rated something twice, or if a criterion has
    fewer than two raters.
    """
    found: dict[str, dict[tuple[str, str], str]] = {}
    for file in files:
        for criterion, item, rater, rating, where in _rows(file):
            cells = found.setdefault(criterion, {})
            if cells.setdefault((item, rater), rating) != rating:
                raise TopochefError(
                    f"{where}: {rater} has rated {item} by {criterion} twice, and differently: "
                    "delete one of the rows"
                )
    if not any(found.values()):
        names = ", ".join(map(str, files))
        raise TopochefError(f"{names}: no row holds a rating: fill in the column `rating`")
    return [_coded(criterion, cells) for criterion, cells in found.items()]


def _rows(file: Path) -> list[tuple[str, str, str, str, str]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as f:
            table = list(csv.DictReader(f))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TopochefError(f"{file} is no UTF-8 CSV file ({error}): export it again") from error
    missing = [name for name in COLUMNS if not table or name not in table[0]]
    if missing:
        raise TopochefError(
            f"{file} has no column {' and no column '.join(missing)}: its first line must name "
            f"{', '.join(COLUMNS)}, separated by commas"
        )
    rows = []
    for number, row in enumerate(table, 2):
        item, rater, criterion, rating = ((row[name] or "").strip() for name in COLUMNS)
        if not rating:
            continue
        where = f"{file}, row {number}"
        if not item or not criterion:
            raise TopochefError(f"{where}: a rating without item or criterion: fill them in")
        rows.append((criterion, item, rater or file.stem, _plain(rating), where))
    return rows


def _coded(criterion: str, cells: dict[tuple[str, str], str]) -> Ratings:
    items = tuple(dict.fromkeys(item for item, _ in cells))
    raters = tuple(dict.fromkeys(rater for _, rater in cells))
    if len(raters) < 2:
        raise TopochefError(
            f"{criterion} was rated by {raters[0]} alone: agreement needs two raters or more; "
            "name all their files"
        )
    values = _ordered(set(cells.values()))
    codes = np.full((len(items), len(raters)), -1, dtype=np.int64)
    for (item, rater), rating in cells.items():
        codes[items.index(item), raters.index(rater)] = values.index(rating)
    return Ratings(criterion, items, raters, values, codes)


def _ordered(values: set[str]) -> tuple[str, ...]:
    numbers = {value: _number(value) for value in values}
    return tuple(sorted(values, key=lambda value: (numbers[value] or 0.0, value)))


def _plain(rating: str) -> str:
    """Return one spelling of a rating.

    >>> _plain("3.0"), _plain("Pass")
    ('3', 'pass')
    """
    number = _number(rating)
    return rating.casefold() if number is None else f"{number:g}"


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
