"""The one exception that a user of any stage meets, and how it is shown."""

from __future__ import annotations

import sys
from collections.abc import Callable


class TopochefError(Exception):
    """A problem that the user can mend: the message says what is wrong, where, and what to do."""


def run_cli(command: Callable[[], int | None]) -> int:
    """Run a command; show a `TopochefError` as one message on stderr and exit status 1.

    Anything else is a defect of ours and keeps its traceback.
    """
    try:
        return command() or 0
    except TopochefError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted: run the same command again to go on", file=sys.stderr)
        return 130
