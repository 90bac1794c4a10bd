"""A file or folder is whole or absent, whatever the disk does meanwhile."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recipe_base.errors import TopochefError, disk_problem
from recipe_base.files import (
    atomic_folder,
    atomic_path,
    read_jsonl,
    read_manifest,
    read_object,
    sha256,
    update_manifest,
    write_jsonl,
    write_object,
    write_text,
)
from recipe_base.staging import staged


def into_folder(path: Path) -> None:
    with atomic_folder(path) as folder:
        (folder / "weights").write_text("half")


def into_staging(path: Path) -> None:
    with staged(path, "build") as folder:
        (folder / "rows").write_text("half")
        update_manifest(folder, "build", {})


WRITES: list[Callable[[Path], Any]] = [
    lambda path: write_text(path, "text"),
    lambda path: write_object(path, {"a": 1}),
    lambda path: write_jsonl(path, [1, 2]),
    lambda path: update_manifest(path, "build", {}),
    into_folder,
    into_staging,
]


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO])
def test_a_write_that_fails_leaves_nothing_and_says_where(
    write: Callable[[Path], Any], number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any, **settings: Any) -> None:
        raise OSError(number, os.strerror(number))  # as a full disk does: it names no file

    monkeypatch.setattr("recipe_base.files.os.replace", fail)
    with pytest.raises(OSError, match=os.strerror(number)) as caught:
        write(tmp_path / "out")
    monkeypatch.undo()
    assert str(disk_problem(caught.value)).startswith(str(tmp_path / "out"))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_really_full_disk_is_named(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")

    def fill() -> None:
        with atomic_path(tmp_path / "out") as part:
            part.symlink_to("/dev/full")
            part.write_text("text")

    with pytest.raises(OSError, match="No space") as caught:
        fill()
    assert disk_problem(caught.value) == (
        f"{tmp_path / 'out'}: the disk is full: free some space, or choose another folder"
    )
    assert not list(tmp_path.iterdir())


def test_what_a_killed_process_left_of_a_file_is_deleted(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        dead.wait()
    left, living = (tmp_path / f".x.{pid}.part" for pid in (dead.pid, os.getppid()))
    resumed = tmp_path / ".x.123456789012.part"  # a hash that looks like a number
    for path in (left, living, resumed):
        path.touch()
    write_text(tmp_path / "x", "text")
    assert {path.name for path in tmp_path.iterdir()} == {"x", living.name, resumed.name}


def test_hidden_files_are_no_content(tmp_path: Path) -> None:
    write_text(tmp_path / "model", "weights")
    before = sha256(tmp_path)
    write_text(tmp_path / ".lock", "who")
    write_text(tmp_path / ".cache" / "x", "y")
    assert sha256(tmp_path) == before


@pytest.mark.parametrize("text", ["{", "[1]"])
def test_a_broken_object_says_what_to_do(text: str, tmp_path: Path) -> None:
    write_text(tmp_path / "manifest.json", text)
    with pytest.raises(TopochefError, match=r"manifest\.json .*: delete the folder"):
        read_manifest(tmp_path)
    with pytest.raises(TopochefError, match="not found: train it"):
        read_object(tmp_path / "none", "train it")


def test_a_byte_order_mark_is_no_part_of_the_first_row(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"id": 1}\r\n{"id": 2}\r\n')
    assert [row["id"] for row in read_jsonl(path, "a command")] == [1, 2]
