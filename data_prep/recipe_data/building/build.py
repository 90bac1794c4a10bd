"""`recipe-data build`: a source becomes clean recipes, chat rows and splits; no row is lost."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from recipe_base.console import position_bar
from recipe_base.datasets import AMOUNT_FIRST, BUILD, LINES, Lines
from recipe_base.errors import TopochefError
from recipe_base.files import fingerprint, is_done, read_manifest, sha256, to_json, update_manifest
from recipe_base.staging import finish_publishing, staged
from recipe_data.building import agreement
from recipe_data.building.compact import Hashes, Texts
from recipe_data.building.converting import Converted, Work, Written, convert_all, row_line
from recipe_data.building.drawing import draw, numbered_lines, only_drawn
from recipe_data.building.grounding import Grounding
from recipe_data.building.keys import MARKS, Keys
from recipe_data.building.leaks import Side, Similarity, largest_similarity, sets_of_words
from recipe_data.building.near import NEAR_DUPLICATE
from recipe_data.building.pretraining_extras import PretrainingExtras, add_extras, other_than
from recipe_data.building.questions import approved_facts, written_rows
from recipe_data.building.selection import Family, chooser
from recipe_data.building.sources import Choose, identity, read_source, source_size
from recipe_data.building.split import SPLITS, Split, assign_splits, group_alike, group_sizes
from recipe_data.converters import RULES, Converter
from recipe_data.converters.listing import DISAGREEMENTS, listing
from recipe_data.schema import ROW_FORMAT, Rejection
from recipe_data.tasks.registry import BY_TITLE
from recipe_data.tasks.task import Question

STAGE = BUILD
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
    tasks: frozenset[str] = BY_TITLE
    """What the rows ask; everything but recipes by title also brings the questions by hand."""
    title: str | None = None
    """Pattern that titles must match, beside being of the dishes; None takes every title."""
    converter: Converter = RULES
    """What reads the lines and steps; any but the rules adds `DISAGREEMENTS` to the outputs."""
    questions: tuple[Question, ...] = ()
    """Approved questions beside those by hand."""
    consensus: int = 0
    """Neighbours of each training title that vote on a list to train, too; 0 for no such rows."""
    lines: Lines = AMOUNT_FIRST
    """What the lines of answers begin with; the recipes and the splits are the same."""
    ground: int = 0
    """Training recipes that a prompt carries, the nearest by title; 0 for none."""
    shuffle: bool = False
    """Whether rows are written in an order drawn by the seed instead of the source's."""
    others: int = 0
    """Draw this many rows of other dishes too: their texts are for pretraining alone."""

    def choose(self) -> Choose:
        """Return what decides by its title whether a row is wanted."""
        return chooser(self.dishes, self.title)

    def outputs(self) -> tuple[str, ...]:
        """Return the names of the files that are built."""
        return (*OUTPUTS, DISAGREEMENTS) if self.converter.facts() else OUTPUTS


class _Kept(NamedTuple):
    """What the pass over the source leaves in memory."""

    keys: Keys
    titles: Texts
    rejected: Counter[str]
    examples: dict[str, Rejection]
    """The first rejection of each reason."""
    dropped_lines: int
    with_servings: int
    conversion: dict[str, Any]
    """How the converter's readings compare with those of the rules, where it is another."""


def build(source: Path | str, output: Path, options: Options, workers: int = 1) -> dict[str, Any]:
    """Build `options.outputs()` in a folder, all at once, and return the facts of its manifest.

    Same source and options, same bytes, however many `workers` convert the rows. If they are there
    already, nothing is done. Raises `TopochefError` if the folder holds another build or files that
    no build of ours wrote, or if the source leaves too few recipes to split.
    """
    options.choose()  # a broken pattern is told before anything is read
    if options.others and options.dishes is None and options.title is None:
        raise TopochefError("--pretrain-others: all dishes leave no others: choose with --dishes")
    if output.exists() and not output.is_dir():
        raise TopochefError(f"{output} is a file: give a folder to --output")
    finish_publishing(output, STAGE)
    inputs = {
        **identity(source),
        "dishes": sorted(options.dishes) if options.dishes else "all",
        "limit": options.limit,
        "seed": options.seed,
        "test": options.test_rows,
        "near_duplicate": NEAR_DUPLICATE,
        "row_format": ROW_FORMAT,
        **({"title": options.title} if options.title is not None else {}),
        **({"tasks": sorted(options.tasks)} if options.tasks != BY_TITLE else {}),
        **({"questions": fingerprint(options.questions)} if options.questions else {}),
        **({"others": options.others} if options.others else {}),
        **({"shuffle": True} if options.shuffle else {}),
        **({"consensus": f"{options.consensus}|{agreement.RULE}"} if options.consensus else {}),
        **({LINES: options.lines} if options.lines != AMOUNT_FIRST else {}),
        **Grounding(options.ground, options.seed).inputs(),
        **options.converter.facts(),
    }
    if is_done(output, STAGE, inputs):
        if all((output / name).is_file() for name in options.outputs()):
            facts: dict[str, Any] = read_manifest(output)[STAGE]
            return facts
    elif foreign := [name for name in options.outputs() if (output / name).exists()]:
        raise TopochefError(
            f"{output} holds {', '.join(foreign)}, which no recorded build wrote: "
            "choose another folder, or delete them"
        )
    with staged(output, STAGE) as part:
        facts = {"inputs": inputs, **_build(source, part, options, workers)}
        update_manifest(part, STAGE, facts)
    return facts


def _build(source: Path | str, part: Path, options: Options, workers: int) -> dict[str, Any]:
    with tempfile.TemporaryFile(dir=part) as marks:
        kept = _convert(source, part, options, workers, Keys(marks))
        reasons = dict(sorted(kept.rejected.items()))
        if not len(kept.keys):
            first = "; ".join(
                f"row {r.row}: {reason}: {r.detail}" for reason, r in kept.examples.items()
            )
            raise TopochefError(
                f"{source}: no recipe could be kept, rows were rejected as {reasons} ({first})"
            )
        with position_bar("Grouping", MARKS) as progress:
            leaders = group_alike(kept.keys, progress)
        splits = assign_splits(leaders, kept.keys.titles, options.seed, options.test_rows)
        grounds = Grounding(options.ground, options.seed)
        tasks = _distribute(part, splits, leaders, options, kept.titles, grounds)
        (part / _KEPT).unlink()
        others = _others(source, part, options, workers, kept, splits)
    sizes = group_sizes(leaders)
    largest = max(sizes)
    names = (kept.keys.titles[row] for row, size in enumerate(sizes) if size == largest)
    return {
        "rows": {
            "read": len(splits) + sum(reasons.values()),
            "kept": len(splits),
            "rejected": reasons,
        },
        "splits": {split: splits.count(split) for split in SPLITS},
        "tasks": tasks,
        "groups": sum(map(bool, sizes)),
        "largest_group": {"words": max(names), "recipes": largest},
        **_leaks(kept, others.sides),
        "with_servings": kept.with_servings,
        "dropped_lines": kept.dropped_lines,
        **approved_facts(options.tasks, options.questions, options.seed),
        **({"conversion": kept.conversion} if kept.conversion else {}),
        **({"others": others.facts} if others.facts else {}),
        **grounds.facts(),
        "sha256": {name: sha256(part / name) for name in options.outputs()},
    }


def _others(
    source: Path | str,
    part: Path,
    options: Options,
    workers: int,
    kept: _Kept,
    splits: list[Split],
) -> PretrainingExtras:
    if not options.others:
        return PretrainingExtras([*splits], {})
    choose = other_than(options.choose())
    drawn = draw(source, choose, options.others, options.seed)
    work = Work(options.seed, frozenset(), options.converter)
    with position_bar("Other dishes", source_size(source)) as progress:
        rows = only_drawn(read_source(source, progress, choose), drawn)
        outcomes = convert_all(rows, work, workers)
        return add_extras(outcomes, kept.keys, kept.titles, splits, part / "pretrain.jsonl")


def _leaks(kept: _Kept, splits: list[Side]) -> dict[str, Any]:
    """Return the recipes most alike across the split, by their titles and by all their words."""
    with position_bar("Comparing titles", len(splits)) as progress:
        titles = sets_of_words(kept.keys.titles)
        overlap = largest_similarity(titles, kept.titles, splits, progress)
    with position_bar("Comparing recipes", len(splits)) as progress:
        similarity = largest_similarity(kept.keys.words, kept.titles, splits, progress)

    def rounded(pair: Similarity) -> dict[str, Any]:
        return {**pair._asdict(), "similarity": round(pair.similarity, 4)}

    return {"largest_title_overlap": rounded(overlap), "largest_similarity": rounded(similarity)}


def _convert(source: Path | str, part: Path, options: Options, workers: int, keys: Keys) -> _Kept:
    """Clean every row; keep the results on disk and only what splitting needs in memory."""
    drawn = None
    if options.limit is not None:
        drawn = draw(source, options.choose(), options.limit, options.seed)
    titles = Texts()
    seen = Hashes()
    counts: Counter[str] = Counter()
    rejected: Counter[str] = Counter()
    examples: dict[str, Rejection] = {}
    with (
        _new(part / _KEPT) as kept_file,
        _new(part / "rejected.jsonl") as rejected_file,
        listing(part / DISAGREEMENTS if options.converter.facts() else None) as listed,
        position_bar("Converting", source_size(source)) as progress,
    ):
        rows = only_drawn(read_source(source, progress, options.choose()), drawn)
        work = Work(options.seed, options.tasks, options.converter, options.lines)
        for outcome in convert_all(rows, work, workers):
            if isinstance(outcome, Converted) and not seen.add(outcome.identity):
                outcome = outcome.duplicate()
            if isinstance(outcome, Rejection):
                rejected[outcome.reason] += 1
                examples.setdefault(outcome.reason, outcome)
                rejected_file.write(to_json(vars(outcome)) + "\n")
                continue
            keys.append(outcome.key)
            titles.append(outcome.title)
            counts["dropped"] += outcome.dropped_lines
            counts["servings"] += outcome.states_servings
            listed.add(outcome.row, outcome.check)
            kept_file.write(outcome.line + "\n")
        conversion = listed.facts()
    return _Kept(
        keys, titles, rejected, examples, counts["dropped"], counts["servings"], conversion
    )


def _distribute(
    part: Path,
    splits: list[Split],
    leaders: Sequence[int],
    options: Options,
    titles: Texts,
    grounds: Grounding,
) -> dict[Split, dict[str, int]]:
    """Write every kept recipe to the files of its split; return the tasks of each.

    What the neighbours agree on stands in front, so that the first rows have every column.
    """
    tasks: dict[Split, Counter[str]] = {split: Counter() for split in SPLITS}
    with ExitStack() as stack:
        files = {
            name: stack.enter_context(_new(part / f"{name}.jsonl"))
            for name in ("recipes", "pretrain", *SPLITS)
        }
        if options.consensus:
            for row in agreement.agreement_rows(part / _KEPT, splits, leaders, options.consensus):
                files["train"].write(grounds.alone(row_line(row, options.lines)) + "\n")
                tasks["train"][row.task] += 1
        leanings = list(grounds.leanings(part / _KEPT, titles, splits, leaders))
        seed = options.seed if options.shuffle else None
        for place, line in numbered_lines(part / _KEPT, seed):
            kept, split, leaning = Written(*json.loads(line)), splits[place], leanings[place]
            files["recipes"].write(f'{kept.recipe[:-1]},"split":"{split}"}}\n')
            for task, chat in kept.rows:
                files[split].write(grounds.row(chat, split, leaning) + "\n")
                tasks[split][task] += 1
            if split == "train":
                files["pretrain"].write(kept.text + "\n")
        for side, row in written_rows(options.tasks, options.questions, options.seed):
            files[side].write(grounds.alone(row_line(row, options.lines)) + "\n")
            tasks[side][row.task] += 1
    return {split: dict(sorted(counts.items())) for split, counts in tasks.items()}


def _new(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8", newline="\n")
