"""One text that is asked for: a recipe, or the answer to a question."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from recipe_data.prompts import Diet
from recipe_kitchen.backends import Message


class Shape(NamedTuple):
    """What a text must be that is no recipe."""

    schema: dict[str, Any] | None
    """What it obeys; None where any text will do."""
    fault: Callable[[str], str | None]
    """Says in a few words why a text is none; None if it is one."""


class Request(NamedTuple):
    """One text that is asked for."""

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
    shape: Shape | None = None
    """What the answer must be; None for a recipe."""
