"""The rows of a run: found by the content of their files, checked for what the losses need."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from recipe_losses.args import RecipeLossConfig
from recipe_losses.codes import code
from recipe_losses.cpu.setup import trains_on_cpu
from recipe_losses.credits import credits_left_out, refuse_absent_credits, rows_with_credits
from recipe_losses.errors import RecipeLossError
from recipe_losses.processes import is_first

CODE = 3
"""To be raised where the strategy makes other columns of a row: then rows are prepared anew."""


def checked_datasets(cfg: Any, config: RecipeLossConfig) -> Any:
    """Load the datasets; prepared ones are looked up by the content of their files.

    Raises:
        RecipeLossError: where no row is left, and for a span kind, a task, or credits that no
            training row has.
    """
    from recipe_losses.hosts.axolotl import load_datasets

    if trains_on_cpu():
        # Axolotl would map the model to a rank's GPU, also where there is none.
        cfg.device_map = {"": "cpu"}
    # What rows become depends on the files, on which tasks have mixes, and on this code.
    sources = {"files": data_hashes(cfg), "tasks": sorted(config.tasks), "code": CODE}
    content = hashlib.sha256(json.dumps(sources, sort_keys=True).encode()).hexdigest()
    cfg.dataset_prepared_path = str(
        Path(cfg.dataset_prepared_path or "last_run_prepared") / content[:16]
    )
    try:
        meta = load_datasets(cfg)
    except ValueError as error:
        # What torch says of a sampler of no rows, where rows are packed.
        if "num_samples=0" in str(error):
            raise _nothing_left("datasets", cfg) from error
        raise
    if (left_out := rows_left_out(cfg, meta)) and is_first():
        print(left_out, flush=True)
    _refuse_nothing_left(cfg, meta)
    refuse_what_no_row_has(config, meta.train_dataset)
    return meta


def refuse_what_no_row_has(config: RecipeLossConfig, rows: Any) -> None:
    """Raise for a span kind, a task, or credits that no training row has.

    Credits that no term looks at are told.
    """
    objective, credited = config.objective(), rows_with_credits(rows)
    refuse_absent_credits(objective, credited)
    if (not_looked_at := credits_left_out(objective, credited)) and is_first():
        print(not_looked_at, flush=True)
    _refuse_absent("span kind", config.kinds(), rows, "span_kind")
    _refuse_absent("task", set(config.tasks) - {"default"}, rows, "loss_task")


def rows_left_out(cfg: Any, meta: Any) -> str | None:
    """Say how many rows of local JSONL files are not used and why; None where all are."""
    counts = []
    for name, key, datasets in (
        ("training", "datasets", [meta.train_dataset]),
        ("evaluation", "test_datasets", [meta.eval_dataset]),
    ):
        entries = cfg.get(key) or []
        files = [Path(entry["path"]) for entry in entries]
        if any(_is_part(entry) for entry in entries):
            continue
        if key == "datasets" and cfg.get("val_set_size"):
            datasets.append(meta.eval_dataset)
        if files and all(file.suffix == ".jsonl" and file.is_file() for file in files):
            read = sum(_lines(file) for file in files)
            used = sum(len(dataset) for dataset in datasets)
            if used < read:
                counts.append(f"{read - used:,} of {read:,} {name} rows")
    if not counts:
        return None
    return (
        f"left out: {' and '.join(counts)}: longer than sequence_len ({cfg.sequence_len}), "
        "twice the same, or with nothing to train on"
    )


def _is_part(entry: Any) -> bool:
    """Tell whether a dataset entry is not just the rows of its file."""
    cut = any(entry.get(key) for key in ("shards", "preprocess_shards", "data_files"))
    return cut or "[" in str(entry.get("split") or "")


def _refuse_nothing_left(cfg: Any, meta: Any) -> None:
    held_out = "test_datasets" if cfg.get("test_datasets") else "val_set_size"
    for key, rows in (("datasets", meta.train_dataset), (held_out, meta.eval_dataset)):
        if rows is not None and len(rows) == 0:
            raise _nothing_left(key, cfg)


def _nothing_left(key: str, cfg: Any) -> RecipeLossError:
    return RecipeLossError(
        f"{key}: no row is left to work with: all are longer than `sequence_len` "
        f"({cfg.sequence_len} tokens), or have nothing to train on: raise `sequence_len`, or "
        "shorten the rows"
    )


def _lines(file: Path) -> int:
    with file.open("rb") as lines:
        return sum(1 for line in lines if line.strip())


def _refuse_absent(what: str, names: set[str], dataset: Any, column: str) -> None:
    import pyarrow.compute as pc

    if not names:
        return
    present: set[int] = set()
    if column in dataset.column_names:
        present = set(pc.unique(pc.list_flatten(dataset.data.column(column))).to_pylist())
    if absent := sorted(name for name in names if code(name) not in present):
        raise RecipeLossError(
            f"recipe_loss names the {what} {', '.join(absent)}, but no training row has it: "
            "correct the name, or bring such rows (Axolotl's of `type: recipe_losses.strategy`)"
        )


def data_hashes(cfg: Any) -> dict[str, str]:
    entries = [*(cfg.datasets or []), *(cfg.test_datasets or [])]
    files = {file for entry in entries for file in _files(entry) if Path(file).is_file()}
    return {file: content_hash(Path(file)) for file in sorted(files)}


def _files(entry: Any) -> list[str]:
    named = entry.get("data_files") or []
    return [entry["path"], *([named] if isinstance(named, str) else named)]


def content_hash(*files: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(files):
        with file.open("rb") as f:
            while block := f.read(1 << 22):
                digest.update(block)
    return digest.hexdigest()
