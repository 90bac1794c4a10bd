"""What a source is: the modules of this package declare those that they read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recipe_base.errors import TopochefError
from recipe_base.files import fingerprint, sha256
from recipe_data.building.sources.fields import Choose, Progress, Rows


@dataclass(frozen=True)
class Source:
    """A kind of source."""

    title: str
    """How it is named in help."""
    takes: Callable[[Path | str], bool]
    """Tells whether a name is one of its kind."""
    read: Callable[[Path | str, Progress, Choose], Rows]
    """Yields every row of a source that it takes."""
    files: Callable[[Path], list[Path]] = lambda path: [path]
    """Returns what is read of a path."""
    endings: tuple[str, ...] = ()
    """Of the files that it takes; empty for what is no file."""

    def size(self, source: Path | str) -> int | None:
        """Return what the progress of `read` counts up to; None where it is not known."""
        return sum(file.stat().st_size for file in self.files(Path(source)))

    def facts(self, source: Path | str) -> dict[str, Any]:
        """Return what tells this content of a source from another."""
        path = Path(source)
        if not path.exists():
            raise TopochefError(f"{path} does not exist: give the path of a recipe file")
        hashes = {str(file.relative_to(path)): sha256(file) for file in self.files(path)}
        whole = fingerprint(hashes) if path.is_dir() else hashes["."]
        return {"source": path.name, "sha256": whole}


def by_ending(
    *endings: str, read: Callable[[Path, Progress, Choose], Rows], zipped: bool = True
) -> Source:
    """Return the source of files with one of these endings, and of the same in `.gz`."""
    gzipped = tuple(f"{ending}.gz" for ending in endings) if zipped else ()
    return Source(
        ", ".join(f"{ending}[.gz]" if zipped else ending for ending in endings),
        lambda source: Path(source).name.lower().endswith((*endings, *gzipped)),
        lambda source, progress, choose: read(Path(source), progress, choose),
        endings=endings,
    )
