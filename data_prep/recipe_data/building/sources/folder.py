"""A folder or an archive of files of any kind: all their rows, numbered through."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

from recipe_base.errors import TopochefError
from recipe_data.building.sources.dispatch import file_kinds, kind_of_file
from recipe_data.building.sources.fields import Choose, Progress, Rows, readable
from recipe_data.building.sources.source import Source, by_ending
from recipe_data.schema import Rejection

ARCHIVES = (".zip", ".paprikarecipes", ".melarecipes")
MAX_FILE_BYTES = 1 << 32
"""A file of an archive that unpacks to more is not read."""
MAX_DEPTH = 3
"""Of archives in archives: Tandoor has one for each recipe in one of all."""
UNREADABLE = "file cannot be read"


def files_in(folder: Path) -> list[Path]:
    """Return the files of a folder that are read, in the order of their paths."""
    found = (path for path in folder.rglob("*") if kind_of_file(path) and path.is_file())
    return sorted(path for path in found if _is_wanted(path.relative_to(folder)))


def read_folder(folder: Path, progress: Progress, choose: Choose) -> Rows:
    """Yield the rows of every file in a folder; a file that is damaged is one rejection."""
    paths = files_in(folder)
    if not paths:
        raise TopochefError(
            f"{folder} holds no recipes: give a folder with {file_kinds()} files, "
            "or the path of one file"
        )
    number = used = 0
    for path in paths:
        for row in _rows_of_file(path, str(path.relative_to(folder)), choose):
            number += 1
            yield replace(row, row=number)
        used += path.stat().st_size
        progress(used)


def read_archive(path: Path, progress: Progress, choose: Choose) -> Rows:
    """Yield the rows of every file in an archive, unpacked one at a time."""
    number = 0
    try:
        with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
            for row in _rows_of_archive(archive, Path(folder), choose, progress):
                number += 1
                yield replace(row, row=number)
    except FileNotFoundError as error:
        raise TopochefError(f"{path} does not exist: give the path of a recipe file") from error
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise TopochefError(f"{path} is damaged or no zip ({error}): fetch it again") from error
    except OSError as error:
        raise TopochefError(f"{path} cannot be read: {error.strerror or error}") from error
    if not number:
        raise TopochefError(
            f"{path} holds no recipes: pack {file_kinds()} files, or give one of them"
        )


def _rows_of_archive(
    archive: zipfile.ZipFile, folder: Path, choose: Choose, progress: Progress, depth: int = 0
) -> Rows:
    used = 0
    (folder / str(depth)).mkdir(exist_ok=True)
    for member in sorted(archive.infolist(), key=lambda member: member.filename):
        used += member.compress_size
        place = folder / str(depth) / Path(member.filename).name
        if kind_of_file(place) and _is_wanted(Path(member.filename)) and not member.is_dir():
            try:
                _unpack(archive, member, place)
                if place.suffix.lower() not in ARCHIVES:
                    yield from _rows_of_file(place, member.filename, choose)
                elif depth < MAX_DEPTH:
                    with zipfile.ZipFile(place) as inner:
                        yield from _rows_of_archive(inner, folder, choose, _unheard, depth + 1)
                else:
                    raise zipfile.BadZipFile("too deep inside other archives: unpack them")
            except (zipfile.BadZipFile, zlib.error, EOFError) as error:
                yield Rejection(0, UNREADABLE, readable(f"{member.filename}: {error}"))
            place.unlink(missing_ok=True)
        progress(used)


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, place: Path) -> None:
    if member.file_size > MAX_FILE_BYTES:
        raise zipfile.BadZipFile(f"unpacks to {member.file_size} bytes: unpack and split it")
    try:
        with archive.open(member) as packed, place.open("wb") as file:
            shutil.copyfileobj(packed, file)
    except (RuntimeError, NotImplementedError) as error:  # a password, or an odd compression
        raise zipfile.BadZipFile(f"{error}: unpack it yourself") from error


def _rows_of_file(path: Path, name: str, choose: Choose) -> Rows:
    """Yield the rows of one file of many; one that cannot be read is a rejection."""
    kind = kind_of_file(path)
    try:
        if kind:
            yield from kind.read(path, _unheard, choose)
    except TopochefError as error:
        yield Rejection(0, UNREADABLE, readable(str(error).replace(str(path), name)))


def _unheard(used: int) -> None:
    """Take the progress of a part, which nobody is shown."""


def _is_wanted(path: Path) -> bool:
    """Leave out what systems put beside files: `__MACOSX`, `.DS_Store`."""
    return not any(part.startswith((".", "__MACOSX")) for part in path.parts)


FOLDER = Source(
    "a folder of them",
    lambda source: Path(source).is_dir(),
    lambda source, progress, choose: read_folder(Path(source), progress, choose),
    files_in,
)
ARCHIVE = by_ending(*ARCHIVES, read=read_archive, zipped=False)
