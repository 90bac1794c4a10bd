"""Steps that are quoted with a gap where their time or temperature stands."""

from __future__ import annotations

from recipe_data.check import MAX_CELSIUS
from recipe_data.instructions import Located, places
from recipe_data.schema import Instruction, Recipe

GAP = "___"
"""What stands in a quoted step for the number that is asked for."""
OVEN_CELSIUS = (80.0, 300.0)


def quotable(recipe: Recipe) -> list[Instruction]:
    """Return the steps that can be quoted with a gap."""
    return [step for step in recipe.instructions if GAP not in step.text]


def only(step: Instruction, kind: str) -> Located | None:
    """Return the one time or temperature that a step states; None where there are more."""
    found = [located for located in places(step) if located.kind == kind]
    return found[0] if len(found) == 1 and found[0].value is not None else None


def gapped(step: Instruction, found: Located) -> str:
    """Quote a step with a gap where its number stands, so that the answer is not told."""
    text = step.text
    rest = text[found.end :] or "."  # the parsers take `minutes.` at the end as an abbreviation
    return f"«{text[: found.start]}{GAP}{rest}»"


def is_whole(heat: Located) -> bool:
    """Tell whether a temperature is one whole number that cooking can need."""
    value = heat.value or 0.0
    return heat.value_max is None and value.is_integer() and 0 < value <= MAX_CELSIUS


def is_oven(heat: Located) -> bool:
    """Tell whether a temperature is one of ovens."""
    return is_whole(heat) and OVEN_CELSIUS[0] <= (heat.value or 0.0) <= OVEN_CELSIUS[1]
