"""Several files that appear in a folder together or not at all, whenever the process is killed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from recipe_base.errors import naming
from recipe_base.files import MANIFEST, read_manifest, update_manifest


@contextmanager
def staged(folder: Path, stage: str) -> Iterator[Path]:
    """Give an empty folder whose files are published in `folder` once the block succeeds.

    The block records its facts in the staged folder with `update_manifest(staged, stage, facts)`.
    A kill before the block's end leaves nothing visible; a kill later is made good by
    `finish_publishing`, which every run of the stage calls first.
    """
    part = folder / f".{stage}.part"
    with naming(folder):
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        try:
            yield part
            os.replace(part, _ready(folder, stage))
            finish_publishing(folder, stage)
        finally:
            shutil.rmtree(part, ignore_errors=True)
            with suppress(OSError):
                folder.rmdir()  # only if it is empty: it was made for nothing


def finish_publishing(folder: Path, stage: str) -> None:
    """Move what a finished block left into `folder`: the files first, the stage's facts last."""
    ready = _ready(folder, stage)
    if not ready.is_dir():
        return
    for file in sorted(ready.iterdir()):
        if file.name != MANIFEST:
            os.replace(file, folder / file.name)
    if facts := read_manifest(ready).get(stage):
        update_manifest(folder, stage, facts)
    shutil.rmtree(ready)


def _ready(folder: Path, stage: str) -> Path:
    return folder / f".{stage}.ready"
