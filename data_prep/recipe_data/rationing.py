"""As much to learn for everyone: rows of files, up to a number of trained tokens."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from recipe_base.errors import TopochefError
from recipe_base.files import read_jsonl, sha256, update_manifest, write_jsonl

STAGE = "ration"
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


def ration(
    files: Sequence[Path], tokens: int, tokenizer: str, seed: int, output: Path
) -> dict[str, Any]:
    """Write rows of `files` with `tokens` trained tokens in all into a folder, a file for each.

    The rows of all files lie in one heap and are drawn from it by `seed`; when it is empty, it is
    filled anew, so that none is taken once more than another before all were. It ends at the row
    that comes closest to `tokens`. Each file keeps its name and the order of its rows. Trained
    are the tokens of an answer and the one that ends it, or of its `trained` part; of a preference
    those of the better answer and of the worse.

    Returns the facts, which stand in the folder's manifest as `STAGE`. Raises `TopochefError` where
    two files have one name, or no row is trained.
    """
    names = [file.name for file in files]
    if twice := [name for name in names if names.count(name) > 1]:
        raise TopochefError(f"two files are called {twice[0]}: rename one")
    inputs = {
        "files_sha256": {file.name: _hash(file) for file in files},
        "tokens": tokens,
        "tokenizer_sha256": _hash_of_tokenizer(tokenizer),
        "seed": seed,
    }
    count = tokens_of(tokenizer)
    rows = [list(read_jsonl(file, "the command that writes it")) for file in files]
    heap = [(i, place, size) for i, some in enumerate(rows)
            for place, size in enumerate(_counted(some, count))]  # fmt: skip
    taken = list(take(heap, tokens, seed))
    if not taken:
        raise TopochefError(
            f"{', '.join(map(str, files))}: no row fits into {tokens} trained tokens: ask for "
            "more, or write rows first"
        )
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
        "passes": round(len(taken) / len(heap), 4),
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


def tokens_of(tokenizer: str) -> Count:
    """Return what counts trained tokens, by the rule of the trainer.

    Raises `TopochefError` where the tokenizer cannot be loaded.
    """
    from recipe_data.reporting.measures import Tokens

    measure = Tokens(tokenizer)

    def count(rows: Sequence[Row]) -> list[int]:
        answers = [list(_answers(row)) for row in rows]
        measured = iter(measure.measure([one for some in answers for one in some]))
        return [sum(next(measured).answer + _ended(one) for one in some) for some in answers]

    return count


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


def _hash_of_tokenizer(tokenizer: str) -> str:
    """Hash a tokenizer's file, so that a folder may lie anywhere; a name stands for itself."""
    file = Path(tokenizer) / "tokenizer.json"
    return sha256(file) if file.is_file() else tokenizer
