"""As much to learn for everyone: rows of files, up to a number of trained tokens."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.errors import TopochefError
from recipe_base.files import read_jsonl, sha256, update_manifest, write_jsonl
from recipe_data.reporting.measures import Measured, Tokens

STAGE = "ration"
PREPARED = "prepared"
"""The folder beside the rows in which a trainer may keep what it makes of them: Axolotl knows
prepared pairs by the path of their file alone, so it goes when rows are written anew."""
_BATCH = 128

Row = dict[str, Any]
Count = Callable[[Sequence[Row]], list[int]]
"""Returns the trained tokens of each of some chat rows."""


class Taken(NamedTuple):
    """A row of a file, and how often all of them had been taken before."""

    passed: int
    file: int
    place: int
    tokens: int


class Ration(NamedTuple):
    """What is asked for."""

    tokens: int
    """Trained in all."""
    tokenizer: str
    """Of the model that learns: a folder, or a name on the hub."""
    seed: int = 0
    longest: int | None = None
    """Rows of more tokens, their prompt counted, are left out, as the trainer leaves them out."""


def ration(files: Sequence[Path], asked: Ration, output: Path) -> dict[str, Any]:
    """Write rows of `files` with so many trained tokens in all into a folder, a file for each.

    The rows of all files lie in one heap and are drawn from it by `seed`; when it is empty, it is
    filled anew, so that none is taken once more than another before all were. It ends at the row
    that comes closest to them. Each file keeps its name and the order of its rows. Trained
    are the tokens of an answer and the one that ends it, or of its `trained` part; of a preference
    those of the better answer and of the worse.

    Returns the facts, which stand in the folder's manifest as `STAGE`. Raises `TopochefError` where
    two files have one name or lie where they would be overwritten, or one is left without a row.
    """
    names = [file.name for file in files]
    if twice := [name for name in names if names.count(name) > 1]:
        raise TopochefError(f"two files are called {twice[0]}: rename one")
    if over := [file for file in files if file.resolve().parent == output.resolve()]:
        raise TopochefError(f"{over[0]} would be overwritten: give another folder to --output")
    inputs = {
        "files_sha256": {file.name: _hash(file) for file in files},
        **asked._asdict(),
        "tokenizer": _name_of(asked.tokenizer),
    }
    count = tokens_of(asked.tokenizer, asked.longest)
    rows = [list(read_jsonl(file, "the command that writes it")) for file in files]
    heap = [(i, place, size) for i, some in enumerate(rows)
            for place, size in enumerate(_counted(some, count))]  # fmt: skip
    taken = list(take(heap, asked.tokens, asked.seed))
    for i, file in enumerate(files):
        if not any(one.file == i for one in taken):
            raise TopochefError(
                f"{file}: no row of it is within {asked.tokens} trained tokens of all files: ask "
                "for more, let rows be longer, or leave the file out"
            )
    shutil.rmtree(output / PREPARED, ignore_errors=True)
    for i, file in enumerate(files):
        places = sorted((one.passed, one.place) for one in taken if one.file == i)
        write_jsonl(output / file.name, (rows[i][place] for _, place in places))
    facts = {
        "inputs": inputs,
        "tokens": sum(one.tokens for one in taken),
        "rows": {file.name: sum(one.file == i for one in taken) for i, file in enumerate(files)},
        "tokens_by_file": {
            file.name: sum(one.tokens for one in taken if one.file == i)
            for i, file in enumerate(files)
        },
        "left_out": sum(size == 0 for _, _, size in heap),
        "passes": round(len(taken) / sum(size > 0 for _, _, size in heap), 4),
    }
    update_manifest(output, STAGE, facts)
    return facts


def take(heap: Sequence[tuple[int, int, int]], tokens: int, seed: int) -> Iterator[Taken]:
    """Yield rows, each `(file, place, tokens)`, up to `tokens`, to half a row.

    >>> [one.place for one in take([(0, 0, 10), (0, 1, 10)], 30, seed=1)]
    [0, 1, 1]
    """
    draw = random.Random(seed)
    left, passed = float(tokens), 0
    rows = [row for row in heap if row[2] > 0]
    while rows:
        for file, place, size in draw.sample(rows, len(rows)):
            if left < size / 2:
                return
            left -= size
            yield Taken(passed, file, place, size)
        passed += 1


def tokens_of(tokenizer: str, longest: int | None = None) -> Count:
    """Return what counts trained tokens, by the rule of the trainer: none of a row too long.

    Raises `TopochefError` where the tokenizer cannot be loaded.
    """
    measure = Tokens(tokenizer)

    def count(rows: Sequence[Row]) -> list[int]:
        answers = [list(_answers(row)) for row in rows]
        measured = iter(measure.measure([one for some in answers for one in some]))
        return [_trained(some, [next(measured) for _ in some], longest) for some in answers]

    return count


def _trained(answers: Sequence[Row], measured: Sequence[Measured], longest: int | None) -> int:
    if longest is not None and any(one.length > longest for one in measured):
        return 0
    pairs = zip(answers, measured, strict=True)
    return sum(one.answer + _ended(answer) for answer, one in pairs)


def _answers(row: Row) -> Iterator[Row]:
    """Yield what is trained of a row: itself, or the two answers of a preference."""
    if "chosen" not in row:
        yield row
        return
    for side in ("chosen", "rejected"):
        answer = {"role": "assistant", "content": row[side]}
        yield {"id": row["id"], "messages": [*row["messages"], answer], "spans": []}


def _ended(row: Row) -> bool:
    """Tell whether the end of the turn is trained too: not after a part that ends before it."""
    trained = row.get("trained")
    return trained is None or trained[1] == len(row["messages"][-1]["content"])


def _counted(rows: Sequence[Row], count: Count) -> Iterator[int]:
    left = iter(rows)
    while batch := list(islice(left, _BATCH)):
        yield from count(batch)


def _hash(file: Path) -> str:
    if not file.is_file():
        raise TopochefError(f"{file} does not exist: name files of chat rows, or write it first")
    return sha256(file)


def _name_of(tokenizer: str) -> str:
    """Return a hash of a tokenizer's file, which may lie anywhere; a name stands for itself."""
    file = Path(tokenizer) / "tokenizer.json"
    return sha256(file) if file.is_file() else tokenizer
