"""A sample of a source's rows, drawn by content: the same rows in any order of the file."""

from __future__ import annotations

import hashlib
import heapq
import random
from array import array
from collections.abc import Iterator
from pathlib import Path

from recipe_base.console import position_bar
from recipe_base.files import to_json
from recipe_data.building.sources import Choose, Rows, read_source, readable, source_size
from recipe_data.schema import Rejection


def draw(source: Path | str, choose: Choose, limit: int, seed: int) -> frozenset[int]:
    """Draw `limit` of the chosen rows by a hash of their content; return their numbers."""
    smallest: list[tuple[int, int]] = []
    with position_bar("Drawing", source_size(source)) as progress:
        for row in read_source(source, progress, choose):
            if isinstance(row, Rejection):
                continue
            content = to_json([seed, row.title, row.ingredients, row.directions])
            digest = hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=8)
            entry = (-int.from_bytes(digest.digest(), "big"), row.row)
            if len(smallest) < limit:
                heapq.heappush(smallest, entry)
            else:
                heapq.heappushpop(smallest, entry)
    return frozenset(row for _, row in smallest)


def numbered_lines(path: Path, seed: int | None) -> Iterator[tuple[int, bytes]]:
    """Yield every line of a file with its number from 0, in an order drawn by `seed`, or as it is.

    In memory are 8 bytes a line.
    """
    with path.open("rb") as file:
        starts = array("Q", [0])
        for line in file:
            starts.append(starts[-1] + len(line))
        places = array("Q", range(len(starts) - 1))
        if seed is not None:
            random.Random(seed).shuffle(places)
        for place in places:
            file.seek(starts[place])
            yield place, file.readline()


def only_drawn(rows: Rows, drawn: frozenset[int] | None) -> Rows:
    """Turn the rows that were not drawn into rejections; None draws all."""
    for row in rows:
        if drawn is None or isinstance(row, Rejection) or row.row in drawn:
            yield row
        else:
            yield Rejection(row.row, "not drawn", readable(row.title))
