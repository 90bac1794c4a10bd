"""One writer a folder: who writes says so in a lock file, and the second is told who that is."""

from __future__ import annotations

import fcntl
import json
import os
import platform
import shlex
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from recipe_base.errors import TopochefError, naming

LOCK = ".lock"
Locks = Callable[[Any], list[Path]]
"""From the arguments of a command to the lock files that it takes."""

_held: set[Path] = set()


def inside(*names: str) -> Locks:
    """Return the locks of a command that writes into folders and makes them where they are not.

    `names` are its arguments: each a path, a list of paths, or None.
    """
    return lambda arguments: [path / LOCK for path in _paths(arguments, names)]


def inside_existing(*names: str) -> Locks:
    """Return the locks of a command that writes into folders, as far as they are there."""
    return lambda arguments: [p / LOCK for p in _paths(arguments, names) if p.is_dir()]


def beside(*names: str) -> Locks:
    """Return the locks of a command whose files or folders appear whole: beside them."""
    return lambda arguments: [
        path.absolute().with_name(f".{path.absolute().name}{LOCK}")
        for path in _paths(arguments, names)
    ]


def nothing(arguments: Any) -> list[Path]:
    """Return the locks of a command that writes no folder: none."""
    return []


@contextmanager
def only_writer(locks: Iterable[Path]) -> Iterator[None]:
    """Be the only process that holds these lock files while the block runs.

    The kernel lets a lock go when its process ends, however it ends: what a killed one left is
    taken over, and no clock or process number decides. Raises `TopochefError` naming the holder
    where another process has one of them.
    """
    # Not filelock: it keeps its files for ever, and says of the holder at most a process number.
    with ExitStack() as stack:
        for lock in locks:
            stack.enter_context(_only_writer(lock.parent.resolve() / lock.name))
        yield


@contextmanager
def _only_writer(lock: Path) -> Iterator[None]:
    if lock in _held:
        yield
        return
    folder = lock.parent
    if folder.exists() and not folder.is_dir():
        raise TopochefError(f"{folder} is a file: give a folder")
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        with naming(folder):
            folder.mkdir(parents=True, exist_ok=True)
            descriptor = _take(lock)
        _held.add(lock)
        try:
            with naming(folder):
                _sign(descriptor)
            yield
        finally:
            _held.discard(lock)
            with suppress(OSError):
                lock.unlink()
            os.close(descriptor)
    finally:
        with suppress(OSError):
            for path in missing:
                path.rmdir()  # only if it is empty: it was made for nothing


def _take(lock: Path) -> int:
    """Open and lock the file; a file that its holder has just deleted is not it."""
    while True:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(descriptor), os.stat(lock)):
                    return descriptor
        except BlockingIOError:
            holder = _holder(descriptor)
            os.close(descriptor)
            place = lock.parent if lock.name == LOCK else lock.with_name(lock.name[1 : -len(LOCK)])
            raise TopochefError(
                f"{place} is being written by {holder}: wait for it, or end it"
            ) from None
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _sign(descriptor: int) -> None:
    holder = {
        "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "pid": os.getpid(),
        "host": platform.node(),
        "since": time.strftime("%Y-%m-%d %H:%M:%S"),
    }
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(holder).encode(), 0)


def _holder(descriptor: int) -> str:
    try:
        who = json.loads(os.pread(descriptor, 1 << 16, 0))
        return f"`{who['command']}` (process {who['pid']} on {who['host']}, since {who['since']})"
    except (ValueError, KeyError, TypeError):
        return "another process"  # which has not signed yet


def _paths(arguments: Any, names: Iterable[str]) -> Iterator[Path]:
    for name in names:
        value = getattr(arguments, name)
        yield from value if isinstance(value, list) else [] if value is None else [value]
