"""One writer a folder: a lock is taken, refused by name, and outlives no process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from recipe_base.errors import TopochefError
from recipe_base.writer import LOCK, only_writer

HOLD = (
    "import sys, time; from pathlib import Path; from recipe_base.writer import only_writer\n"
    "with only_writer([Path(sys.argv[1])]): print('held', flush=True); time.sleep(600)"
)


def holding(lock: Path) -> subprocess.Popen[bytes]:
    """Start a process that holds a lock, and return when it does."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(lock)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    return process


def test_the_second_is_told_who_holds_it_and_a_kill_frees_it(tmp_path: Path) -> None:
    lock = tmp_path / "run" / LOCK
    with holding(lock) as other:
        told = rf"run is being written by `-c .*` \(process {other.pid} on .+, since 20.+\): wait"
        with pytest.raises(TopochefError, match=told), only_writer([lock]):
            pass
        other.send_signal(signal.SIGKILL)
    assert lock.is_file()  # nobody was left to delete it
    with only_writer([lock]):
        assert json.loads(lock.read_text())["pid"] == os.getpid()
    assert not lock.exists()


def test_a_folder_made_for_nothing_is_gone_again(tmp_path: Path) -> None:
    with only_writer([tmp_path / "runs" / "new" / LOCK]):
        assert (tmp_path / "runs" / "new").is_dir()
    assert not list(tmp_path.iterdir())
    with only_writer([tmp_path / "runs" / "new" / LOCK]):
        (tmp_path / "runs" / "new" / "kept").touch()
    assert [path.name for path in (tmp_path / "runs" / "new").iterdir()] == ["kept"]


def test_all_locks_are_let_go_where_one_is_held(tmp_path: Path) -> None:
    first, second = tmp_path / "a" / LOCK, tmp_path / "b" / LOCK
    with holding(second) as other:
        with pytest.raises(TopochefError, match="b is being written"):
            only_writer([first, second]).__enter__()
        with only_writer([first]):
            pass
        other.kill()


def test_the_same_process_may_name_a_folder_twice(tmp_path: Path) -> None:
    with only_writer([tmp_path / LOCK, tmp_path / "." / LOCK]):
        assert (tmp_path / LOCK).exists()


def test_a_folder_deleted_meanwhile_does_no_harm(tmp_path: Path) -> None:
    with only_writer([tmp_path / "run" / LOCK]):
        (tmp_path / "run" / LOCK).unlink()
        (tmp_path / "run").rmdir()
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TopochefError, match="file is a file: give a folder"):
        only_writer([tmp_path / "file" / LOCK]).__enter__()
