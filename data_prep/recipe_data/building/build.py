"""`recipe-data build`: a source becomes clean recipes, chat rows and splits; no row is lost."""

from __future__ import annotations

import hashlib
import heapq
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from recipe_data.answers import chat_row
from recipe_data.building.cleaning import Cleaned, clean_recipe
from recipe_data.building.selection import Family, dish_family
from recipe_data.building.sources import read_source, readable
from recipe_data.building.split import (
    SPLITS,
    Split,
    SplitKey,
    assign_splits,
    group_alike,
    largest_overlap,
    split_key,
)
from recipe_data.building.staging import finish_publishing, staged
from recipe_data.errors import TopochefError
from recipe_data.files import is_done, read_manifest, sha256, to_json, update_manifest
from recipe_data.schema import RawRecipe, Rejection

STAGE = "build"
OUTPUTS = ("recipes.jsonl", "rejected.jsonl", "pretrain.jsonl", *(f"{s}.jsonl" for s in SPLITS))
_KEPT = "kept.jsonl"


class Options(NamedTuple):
    """What is built from a source."""

    dishes: frozenset[Family] | None = None
    """Dish families; None takes every row."""
    limit: int | None = None
    """Draw this many of the chosen rows; None takes all."""
    seed: int = 7
    """Decides the draw and the splits."""
    test_rows: int | None = None
    """Rows of the test split; None takes the default of `assign_splits`."""


class _Kept(NamedTuple):
    """What the pass over the source leaves in memory."""

    keys: list[SplitKey]
    rejected: Counter[str]
    dropped_lines: int
    with_servings: int


def build(source: Path, output: Path, options: Options) -> dict[str, Any]:
    """Build `OUTPUTS` in the folder `output`, all at once, and return the facts of its manifest.

    Same source and options, same bytes. If they are there already, nothing is done. Raises
    `TopochefError` if the folder holds another build or files that no build of ours wrote, or if
    the source leaves too few recipes to split.
    """
    if not source.is_file():
        raise TopochefError(f"{source} does not exist: give the path of a recipe file")
    if output.exists() and not output.is_dir():
        raise TopochefError(f"{output} is a file: give a folder to --output")
    finish_publishing(output, STAGE)
    inputs = {
        "source": source.name,
        "sha256": sha256(source),
        "dishes": sorted(options.dishes) if options.dishes else "all",
        "limit": options.limit,
        "seed": options.seed,
        "test": options.test_rows,
    }
    if is_done(output, STAGE, inputs):
        if all((output / name).is_file() for name in OUTPUTS):
            facts: dict[str, Any] = read_manifest(output)[STAGE]
            return facts
    elif foreign := [name for name in OUTPUTS if (output / name).exists()]:
        raise TopochefError(
            f"{output} holds {', '.join(foreign)}, which no recorded build wrote: "
            "choose another folder, or delete them"
        )
    with staged(output, STAGE) as part:
        facts = {"inputs": inputs, **_build(source, part, options)}
        update_manifest(part, STAGE, facts)
    return facts


def _build(source: Path, part: Path, options: Options) -> dict[str, Any]:
    kept = _convert(source, part, options)
    reasons = dict(sorted(kept.rejected.items()))
    if not kept.keys:
        raise TopochefError(f"{source}: no recipe could be kept, rows were rejected as {reasons}")
    groups = group_alike(kept.keys)
    splits = assign_splits(groups, options.seed, options.test_rows)
    titles = _distribute(part, splits)
    (part / _KEPT).unlink()
    overlap = largest_overlap(titles["train"], titles["test"])
    return {
        "rows": {
            "read": len(splits) + sum(reasons.values()),
            "kept": len(splits),
            "rejected": reasons,
        },
        "splits": {split: len(titles[split]) for split in SPLITS},
        "groups": len(set(groups)),
        "largest_title_overlap": {**overlap._asdict(), "similarity": round(overlap.similarity, 4)},
        "with_servings": kept.with_servings,
        "dropped_lines": kept.dropped_lines,
        "sha256": {name: sha256(part / name) for name in OUTPUTS},
    }


def _convert(source: Path, part: Path, options: Options) -> _Kept:
    """Clean every row; keep the results on disk and only what splitting needs in memory."""
    drawn = _draw(source, options) if options.limit is not None else None
    keys: list[SplitKey] = []
    seen: set[str] = set()
    counts: Counter[str] = Counter()
    rejected: Counter[str] = Counter()
    with (
        _new(part / _KEPT) as kept_file,
        _new(part / "rejected.jsonl") as rejected_file,
        _progress("Converting", source) as progress,
    ):
        for row in read_source(source, progress):
            outcome = _outcome(row, options.dishes, drawn)
            if isinstance(outcome, Cleaned) and outcome.recipe.id in seen:
                outcome = Rejection(row.row, "duplicate", readable(outcome.recipe.title))
            if isinstance(outcome, Rejection):
                rejected[outcome.reason] += 1
                rejected_file.write(to_json(vars(outcome)) + "\n")
                continue
            recipe = outcome.recipe
            seen.add(recipe.id)
            keys.append(split_key(recipe))
            counts["dropped"] += outcome.dropped_lines
            counts["servings"] += recipe.servings is not None
            chat = chat_row(recipe).to_dict()
            kept_file.write(to_json([recipe.to_dict(), outcome.text, chat]) + "\n")
    return _Kept(keys, rejected, counts["dropped"], counts["servings"])


def _outcome(
    row: RawRecipe | Rejection, dishes: frozenset[Family] | None, drawn: frozenset[int] | None
) -> Cleaned | Rejection:
    if isinstance(row, Rejection):
        return row
    if not _is_chosen(row, dishes):
        return Rejection(row.row, "not a chosen dish", readable(row.title))
    if drawn is not None and row.row not in drawn:
        return Rejection(row.row, "not drawn", readable(row.title))
    return clean_recipe(row)


def _is_chosen(row: RawRecipe, dishes: frozenset[Family] | None) -> bool:
    return dishes is None or dish_family(row.title) in dishes


def _draw(source: Path, options: Options) -> frozenset[int]:
    """Draw `limit` of the chosen rows by a hash of their content: the same rows in any order."""
    smallest: list[tuple[int, int]] = []
    with _progress("Drawing", source) as progress:
        for row in read_source(source, progress):
            if isinstance(row, Rejection) or not _is_chosen(row, options.dishes):
                continue
            content = to_json([options.seed, row.title, row.ingredients, row.directions])
            digest = hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=8)
            entry = (-int.from_bytes(digest.digest(), "big"), row.row)
            if len(smallest) < (options.limit or 0):
                heapq.heappush(smallest, entry)
            else:
                heapq.heappushpop(smallest, entry)
    return frozenset(row for _, row in smallest)


def _distribute(part: Path, splits: list[Split]) -> dict[Split, list[str]]:
    """Write every kept recipe to the files of its split; return the titles of each."""
    titles: dict[Split, list[str]] = {split: [] for split in SPLITS}
    with ExitStack() as stack:
        files = {
            name: stack.enter_context(_new(part / f"{name}.jsonl"))
            for name in ("recipes", "pretrain", *SPLITS)
        }
        kept_file = stack.enter_context((part / _KEPT).open(encoding="utf-8"))
        for line, split in zip(kept_file, splits, strict=True):
            recipe, text, chat = json.loads(line)
            titles[split].append(recipe["title"])
            files["recipes"].write(to_json({**recipe, "split": split}) + "\n")
            files[split].write(to_json(chat) + "\n")
            if split == "train":
                files["pretrain"].write(to_json({"text": text}) + "\n")
    return titles


def _new(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8", newline="\n")


@contextmanager
def _progress(description: str, source: Path) -> Iterator[Callable[[int], None]]:
    """Show on stderr how much of the source has been used."""
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task(description, total=source.stat().st_size)
        yield lambda position: bar.update(task, completed=position)
