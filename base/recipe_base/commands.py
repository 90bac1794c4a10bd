"""How every command begins and ends: its locks, its one line of error, its exit status."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from recipe_base.errors import TopochefError, disk_problem
from recipe_base.writer import Locks, only_writer

GO_ON = "run the same command again to go on"
PROBLEM, INTERRUPTED, BROKEN_PIPE, TERMINATED = 1, 130, 141, 143  # as a shell tells of signals


class Terminated(KeyboardInterrupt):
    """SIGTERM came: everything is cleaned up as after Ctrl-C."""


def command(
    parser: argparse.ArgumentParser,
    work: Callable[[argparse.Namespace], int | None],
    writes: Locks,
    unfinished: str = GO_ON,
) -> None:
    """Say what a parsed command line does, what it writes, and what to do if it is interrupted."""
    parser.set_defaults(command=work, writes=writes, unfinished=unfinished)


def main(parser: argparse.ArgumentParser, argv: Sequence[str] | None = None) -> int:
    """Run one command line; return its exit status.

    0 or what the command returns; 1 with one line on stderr where a problem can be mended; 2 for a
    wrong command line; 130 after Ctrl-C, 143 after SIGTERM, 141 where nobody reads on. Anything
    else is a defect of ours and keeps its traceback.
    """
    arguments = parser.parse_args(argv)

    def work() -> int:
        with only_writer(arguments.writes(arguments)):
            status: int | None = arguments.command(arguments)
            return status or 0

    try:
        with _terminable():
            status = work()
            sys.stdout.flush()
            return status
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the flush at exit
        return BROKEN_PIPE
    except KeyboardInterrupt as error:
        ended = isinstance(error, Terminated)
        word = "terminated" if ended else "interrupted"
        print(f"{word}: {arguments.unfinished}", file=sys.stderr)
        return TERMINATED if ended else INTERRUPTED
    except TopochefError as error:
        print(f"error: {error}", file=sys.stderr)
        return PROBLEM
    except Exception as error:
        problem = disk_problem(error)
        if problem is None:
            raise
        print(f"error: {problem}", file=sys.stderr)
        return PROBLEM


@contextmanager
def _terminable() -> Iterator[None]:
    """Have SIGTERM raise `Terminated` in this process; its forks end as they always did."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ours = os.getpid()

    def end(number: int, frame: Any) -> None:
        if os.getpid() != ours:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGTERM)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one does not stop the cleaning up
        raise Terminated

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before if before is not None else signal.SIG_DFL)
