"""Numbers on the command line that must make sense."""

from __future__ import annotations

import argparse
import math


def positive(text: str) -> int:
    """Read a whole number above 0."""
    if not text.isascii() or not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def temperature(text: str) -> float:
    """Read a temperature for drawing tokens: 0 or a number above.

    >>> temperature("0.7")
    0.7
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not 0 or a number above")
    return value
