"""Gold under other titles: a control, from which a model learns how recipes look and no more."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recipe_base.datasets import DataFolder
from recipe_base.errors import TopochefError
from recipe_base.files import write_jsonl
from recipe_data.building.keys import normalise_title

Row = dict[str, Any]
OF_ANSWER = ("spans", "recipe", "source")
"""What a row says of its answer: it goes with the answer to the other title."""


def write_shuffled(data: Path, output: Path, seed: int) -> int:
    """Write the training recipes of a data folder, every answer under another title.

    The prompts are those of the rows that ask for a recipe by its title, in their order, and so
    are the answers, each once: only which belongs to which is drawn, by `seed`. No title keeps its
    own answer, nor gets one of a title that is spelled alike, nor a text equal to its own.

    Returns the number of rows. Raises `TopochefError` where a training title is of validation or
    test too, or where the answers cannot be dealt out so.
    """
    folder = DataFolder(data)
    rows = [row for row in folder.train.read() if _is_recipe(row)]
    _refuse_held_out(folder, rows)
    return write_jsonl(output, shuffled(rows, seed, folder.train.path))


def shuffled(rows: Sequence[Row], seed: int, path: Path) -> list[Row]:
    """Return the rows with their answers dealt out anew; `path` is named where that fails."""
    answers = deal([normalise_title(row["title"]) for row in rows], [*map(_answer, rows)], seed)
    if answers is None:
        raise TopochefError(
            f"{path}: {len(rows)} recipes cannot be shuffled so that none keeps its own answer: "
            "build the data with more titles"
        )
    return [_under(row, rows[place]) for row, place in zip(rows, answers, strict=True)]


def deal(titles: Sequence[str], texts: Sequence[str], seed: int) -> list[int] | None:
    """Return whose text each title gets; None where some title must get one like its own.

    A ring in random order gives everyone the text of the next; who gets one that is alike, or of a
    title that is alike, changes with the first in that order with whom both are served.

    >>> deal(["a", "b", "c"], ["x", "y", "z"], 0) in ([1, 2, 0], [2, 0, 1])
    True
    >>> deal(["a", "a", "b"], ["x", "y", "z"], 0) is None
    True
    """
    order = list(range(len(titles)))
    random.Random(seed).shuffle(order)
    given = [0] * len(order)
    for place, following in zip(order, order[1:] + order[:1], strict=True):
        given[place] = following

    def alike(place: int, other: int) -> bool:
        return titles[place] == titles[other] or texts[place] == texts[other]

    for place in order:
        if alike(place, given[place]):
            served = (
                other
                for other in order
                if not alike(place, given[other]) and not alike(other, given[place])
            )
            if (partner := next(served, None)) is None:
                return None
            given[place], given[partner] = given[partner], given[place]
    return given


def _is_recipe(row: Row) -> bool:
    return row.get("task") == "recipe" and row.get("form") == "title"


def _answer(row: Row) -> str:
    return str(row["messages"][-1]["content"])


def _under(row: Row, other: Row) -> Row:
    """Return a row with the answer of another."""
    messages = [*row["messages"][:-1], other["messages"][-1]]
    moved = {key: other[key] for key in OF_ANSWER if key in other}
    return {**row, **moved, "id": f"{row['id']}-shuffled", "messages": messages}


def _refuse_held_out(folder: DataFolder, rows: Sequence[Row]) -> None:
    trained = {normalise_title(row["title"]): row["id"] for row in rows}
    for split in (folder.validation, folder.test):
        held_out = split.read() if split.there() else iter(())
        for row in held_out:
            if row.get("title") and (ours := trained.get(normalise_title(row["title"]))):
                raise TopochefError(
                    f"{folder.train.path}, row {ours}: its title is in {split.path.name} too, so "
                    f"it must not be trained: build the data again with `{folder.made_by}`"
                )
