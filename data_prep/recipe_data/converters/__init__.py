"""What reads amounts, actions, times and temperatures in a recipe: our rules, or a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from recipe_data.ingredients import parse_ingredient
from recipe_data.instructions import parse_instruction
from recipe_data.schema import Ingredient, Instruction


class Disagreement(NamedTuple):
    """One field that a language model read otherwise than the rules."""

    text: str
    field: str
    """A field of `Ingredient` or `Instruction`; `answer` where the model gave none."""
    rules: Any
    llm: Any
    fallback: str | None
    """Why the rules' reading was taken; None where the model's was."""


class Check(NamedTuple):
    """How the readings of a recipe compare with those of the rules."""

    texts: int
    """Lines and steps that were read."""
    disagreements: tuple[Disagreement, ...]
    fallbacks: tuple[str, ...]
    """For each text where the rules' reading was taken, why."""


class Parsed(NamedTuple):
    """A recipe's lines and steps, in order."""

    ingredients: tuple[Ingredient, ...]
    instructions: tuple[Instruction, ...]
    check: Check | None = None


class Converter(Protocol):
    """Reads the lines and steps of one recipe; threads may share it."""

    waits: bool
    """Whether it mostly waits for a server: several threads then serve better than processes."""

    def facts(self) -> dict[str, Any]:
        """Return what decides the result, for manifests."""
        ...

    def parse(self, lines: Sequence[str], steps: Sequence[str]) -> Parsed:
        """Read clean ingredient lines, and steps that are written in metric units."""
        ...


class Rules:
    """The project's own parsers: offline, the same everywhere."""

    waits = False

    def facts(self) -> dict[str, Any]:
        """Return nothing: what every build uses unless it says otherwise."""
        return {}

    def parse(self, lines: Sequence[str], steps: Sequence[str]) -> Parsed:
        """Read with `parse_ingredient` and `parse_instruction`; never raises."""
        return Parsed(tuple(map(parse_ingredient, lines)), tuple(map(parse_instruction, steps)))


RULES = Rules()
