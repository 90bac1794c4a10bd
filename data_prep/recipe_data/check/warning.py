"""What a check says about a recipe."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Warning:
    """Something in a recipe that a cook should look at."""

    code: str
    """Kind of the warning, stable for counting: `unused-ingredient`."""
    message: str
    """What is wrong, in a sentence for the cook."""
    where: str
    """`ingredient 3` or `step 2`, counted from 1."""
