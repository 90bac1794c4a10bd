"""What is read in running text: a number, and where it stands."""

from __future__ import annotations

from typing import NamedTuple


class Reading(NamedTuple):
    """A number with a meaning, and where the text states it."""

    start: int
    end: int
    value: float | None
    """Minutes or °C; None where the text is vague (`a few minutes`)."""
    value_max: float | None
