"""A merged model's files against those of a model, and its tensors' headers against the base's."""

from __future__ import annotations

from pathlib import Path

from recipe_export.models.files import MODEL_FILES, TOKENIZER_FILES, present
from recipe_export.models.weights import WEIGHTS_INDEX, Checkpoint
from recipe_export.proofs.verdict import Verdict


def check_files(base: Path, merged: Path) -> Verdict:
    """Compare which files are there, and the name, type, shape and file of every tensor."""
    weights = Checkpoint.open(base)
    index = present(base, [WEIGHTS_INDEX])
    required = {file.name for file in (*weights.files, *index)} | {"config.json", "tokenizer.json"}
    found = {path.name for path in merged.iterdir()}
    if missing := required - found:
        found_tensors: set[tuple[object, ...]] = set()
    else:
        found_tensors = _tensors(Checkpoint.open(merged))
    expected = _tensors(weights)
    measured: dict[str, float] = {
        "files": len(found),
        "files_missing": len(missing),
        "files_unexpected": len(found - required - {*MODEL_FILES, *TOKENIZER_FILES}),
        "tensors": len(found_tensors),
        "tensors_different": len(expected ^ found_tensors),
    }
    limits: dict[str, tuple[float | None, float | None]] = {
        name: (None, 0) for name in measured if "_" in name
    }
    return Verdict(
        "files and tensors of the merged model",
        measured,
        limits,
        "look for what else writes into the run folder, and for a full disk",
    )


def _tensors(weights: Checkpoint) -> set[tuple[object, ...]]:
    """Return what must be the same before and after merging."""
    return {(t.file.name, t.name, t.dtype, t.shape) for t in weights.tensors.values()}
