"""What a command line may say, read where it is said."""

from __future__ import annotations

import argparse


def positive(text: str) -> int:
    """Read a whole number above 0."""
    if not text.isascii() or not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def names(text: str) -> tuple[str, ...]:
    """Read names that commas part.

    >>> names("mmlu, hellaswag,")
    ('mmlu', 'hellaswag')
    """
    return tuple(name.strip() for name in text.split(",") if name.strip())
