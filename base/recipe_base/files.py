"""Files that are whole or absent: atomic writes, JSON, content hashes, manifests of stages."""

from __future__ import annotations

import glob
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from recipe_base.errors import TopochefError, naming

MANIFEST = "manifest.json"
_PART = re.compile(r"\.(\d{1,10})\.part\Z")


def to_json(value: Any) -> str:
    """Compact JSON with non-ASCII kept: the one serialisation of the project.

    >>> to_json({"ingredients": ["200 g rice", "½ onion"]})
    '{"ingredients":["200 g rice","½ onion"]}'
    """
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Give a temporary name beside `path`; rename it to `path` only if the block succeeds.

    What a killed process left of the same file is deleted.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    with naming(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path)
        try:
            yield temporary
            os.replace(temporary, path)
        finally:
            with suppress(OSError):
                temporary.unlink()


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Give an empty folder beside `path`; rename it to `path` only if the block succeeds.

    `path` must be absent or empty. What a killed process left behind is replaced.
    """
    part = path.with_name(f".{path.name}.part")
    with naming(path):
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        try:
            yield part
            os.replace(part, path)
        finally:
            shutil.rmtree(part, ignore_errors=True)


@contextmanager
def atomic_open(path: Path) -> Iterator[IO[str]]:
    """Open a UTF-8 text file that appears at `path` only when it is complete."""
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as f:
        yield f


def write_text(path: Path, text: str) -> None:
    """Write a whole text file, or nothing."""
    with atomic_open(path) as f:
        f.write(text)


def write_jsonl(path: Path, rows: Iterable[Any]) -> int:
    """Write one compact JSON document a line; return the number of rows."""
    count = 0
    with atomic_open(path) as f:
        for row in rows:
            f.write(to_json(row) + "\n")
            count += 1
    return count


def read_object(path: Path, remedy: str = "delete it") -> dict[str, Any]:
    """Read a file that holds one JSON object; `remedy` is what to do where it does not."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise TopochefError(f"{path} not found: {remedy}") from None
    except (ValueError, RecursionError) as error:
        raise TopochefError(f"{path} is not JSON ({error}): {remedy}") from error
    if not isinstance(value, dict):
        raise TopochefError(f"{path} must hold a JSON object: {remedy}")
    return value


def write_object(path: Path, value: Any) -> None:
    """Write one JSON value to be read by people too."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def read_jsonl(path: Path, made_by: str) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSON-lines file; `made_by` names the command that writes it."""
    if not path.is_file():
        raise TopochefError(f"{path} does not exist: run `{made_by}` first")
    with path.open("rb") as f:
        for number, line in enumerate(f, 1):
            try:  # editors put a byte order mark in front
                row = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
            except (ValueError, RecursionError) as error:  # also of bytes that are no UTF-8
                raise TopochefError(
                    f"{path}:{number}: not JSON ({getattr(error, 'msg', error)}): delete the file "
                    f"and run `{made_by}`"
                ) from error
            if not isinstance(row, dict):
                shown = line[:60].decode("utf-8", "replace")
                raise TopochefError(f"{path}:{number}: expected an object, got {shown!r}")
            yield row


def sha256(path: Path) -> str:
    """Hash a file, or every file of a folder in the order of their names, but for hidden ones."""
    digest = hashlib.sha256()
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    files = [f for f in files if not any(x.startswith(".") for x in f.relative_to(path).parts)]
    for file in files:
        if file != path:
            digest.update(str(file.relative_to(path)).encode())
        with file.open("rb") as f:
            while block := f.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def fingerprint(value: Any) -> str:
    """Hash any JSON value independently of the order of its keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return `folder/manifest.json`, or an empty manifest."""
    path = folder / MANIFEST
    return read_object(path, f"delete the folder {folder}") if path.is_file() else {}


def update_manifest(folder: Path, stage: str, facts: dict[str, Any]) -> None:
    """Record the facts of one stage in `folder/manifest.json`, leaving the other stages' alone."""
    manifest = read_manifest(folder)
    manifest[stage] = facts
    write_object(folder / MANIFEST, manifest)


def is_done(folder: Path, stage: str, inputs: dict[str, Any]) -> bool:
    """Tell whether `stage` was finished in `folder` from exactly these inputs.

    Raises `TopochefError` if the folder holds the result of other inputs: a run is never
    silently replaced by another one.
    """
    recorded = read_manifest(folder).get(stage)
    if recorded is None:
        return False
    if recorded.get("inputs") != inputs:
        changed = sorted(
            key
            for key in {*recorded.get("inputs", {}), *inputs}
            if recorded.get("inputs", {}).get(key) != inputs.get(key)
        )
        raise TopochefError(
            f"{folder} already holds another run ({stage}: {', '.join(changed)} differ): "
            "choose another folder, or delete this one"
        )
    return True


def _sweep(path: Path) -> None:
    """Delete the half-written copies of a file whose processes no longer live."""
    for part in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        pid = _PART.search(part.name)
        if pid and not _alive(int(pid[1])):
            part.unlink(missing_ok=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    return True
