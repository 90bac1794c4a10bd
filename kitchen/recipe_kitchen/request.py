"""One recipe that is asked for."""

from __future__ import annotations

from typing import NamedTuple

from recipe_data.prompts import Diet
from recipe_kitchen.backends import Message


class Request(NamedTuple):
    """One recipe that is asked for."""

    id: str
    title: str
    messages: list[Message]
    """The prompt, up to where the assistant answers."""
    gold: str
    """The JSON answer of the data set."""
    servings: int | None = None
    """How many are to be fed, where the prompt says so."""
    avoid: tuple[str, ...] = ()
    """Allergens and foods that a cook must not meet."""
    diet: Diet | None = None
    """What it was asked to keep to."""
