"""The one exception that a user of any stage meets, and what is said of a disk that fails."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class TopochefError(Exception):
    """A problem that the user can mend: the message says what is wrong, where, and what to do."""


_ELSEWHERE = "or choose another folder"
_FULL = f"the disk is full: free some space, {_ELSEWHERE}"
_FORBIDDEN = f"you may not write here: change its permissions, {_ELSEWHERE}"
_GONE = f"the disk does not answer: is it still mounted? Else mend it, {_ELSEWHERE}"
_DISK = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EFBIG: f"the file system holds no file of this size: {_ELSEWHERE[3:]}",
    errno.EROFS: f"the disk is read-only: mount it for writing, {_ELSEWHERE}",
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.EIO: _GONE,
    errno.ESTALE: _GONE,
    errno.ENODEV: _GONE,
    errno.ENOTCONN: _GONE,
    errno.ENOLCK: f"the file system has no locks: {_ELSEWHERE[3:]}",
}
_OF_RUST = re.compile(r"\(os error (\d+)\)")  # tokenizers and safetensors raise no OSError


def disk_problem(error: BaseException) -> str | None:
    """Say in a line what is wrong with the disk; None where an exception is about something else.

    >>> disk_problem(OSError(errno.EROFS, "", "runs/x"))
    'runs/x: the disk is read-only: mount it for writing, or choose another folder'
    """
    number = error.errno if isinstance(error, OSError) else None
    if number is None and (found := _OF_RUST.search(str(error))):
        number = int(found[1])
    named = getattr(error, "filename2", None) or getattr(error, "filename", None)
    place = os.fsdecode(named) if isinstance(named, str | bytes | Path) else None
    if number == errno.ENOENT and place and not Path(place).absolute().parent.is_dir():
        return f"{place}: its folder is gone: was it moved or deleted, or its disk taken away?"
    if number not in _DISK:
        return None
    return f"{place}: {_DISK[number]}" if place else _DISK[number]


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Have an `OSError` of the block say what was being written: a full disk names no file.

    One without a number is a library's, whose words a file's name would take the place of.
    """
    try:
        yield
    except OSError as error:
        if error.errno is not None and error.filename is None:
            error.filename = str(path)
        raise
